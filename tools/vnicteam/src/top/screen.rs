// SPDX-License-Identifier: GPL-2.0

//! Screen: the terminal while top has it. It is given back whatever ends top.

use crate::error::{
    Error,
    Result, //
};
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    disable_raw_mode,
    enable_raw_mode,
    EnterAlternateScreen,
    LeaveAlternateScreen, //
};
use ratatui::{
    Frame,
    Terminal, //
};
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;
use std::io::{
    self,
    stdout,
    Stdout, //
};

pub struct Screen(Terminal<CrosstermBackend<Stdout>>);

fn failed(error: io::Error) -> Error {
    Error::Io("cannot use the terminal", error)
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen)
}

/// Nothing more can be done if it fails.
fn give_back() {
    let _ = disable_raw_mode();
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
}

impl Screen {
    pub fn open() -> Result<Screen> {
        // The words of a panic belong on the ordinary screen.
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            hook(info);
        }));
        let terminal = Terminal::new(CrosstermBackend::new(stdout())).map_err(failed)?;
        let screen = Screen(terminal);
        take().map_err(failed)?;
        Ok(screen)
    }

    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> Result<()> {
        self.0.draw(picture).map(|_| ()).map_err(failed)
    }

    /// Stops the program as Ctrl-Z does; comes back when it is continued.
    pub fn suspend(&mut self) -> Result<()> {
        give_back();
        emulate_default_handler(SIGTSTP).map_err(failed)?;
        self.open_again()
    }

    /// Whoever had the terminal meanwhile has left it in some state.
    pub fn open_again(&mut self) -> Result<()> {
        take().and_then(|()| self.0.clear()).map_err(failed)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}
