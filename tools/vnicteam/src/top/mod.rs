// SPDX-License-Identifier: GPL-2.0

//! top: a live view of one team. `app` is what is shown and what keys do to it, `draw` is how it
//! looks, `screen` is the terminal. Here they meet the kernel.

mod app;
mod bar;
mod dialog;
mod draw;
mod keys;
mod rows;
mod screen;

use crate::error::{
    Error,
    Result, //
};
use crate::model::event::Notice;
use crate::model::find;
use crate::model::rate::Rates;
use crate::model::snapshot::Snapshot;
use crate::source::{
    Listener,
    Source, //
};
use crate::view::style::Style;
use crate::view::units;
use app::{
    Action,
    App,
    Order, //
};
use ratatui::crossterm::event::{
    self as terminal,
    KeyEvent, //
};
use screen::Screen;
use signal_hook::consts::{
    SIGCONT,
    SIGHUP,
    SIGINT,
    SIGTERM,
    SIGTSTP, //
};
use signal_hook::iterator::Signals;
use std::io::IsTerminal;
use std::sync::mpsc::{
    self,
    Receiver,
    RecvTimeoutError,
    Sender, //
};
use std::thread;
use std::time::{
    Duration,
    Instant, //
};

/// The shortest time between two looks: events bring some forward.
const LEAST: Duration = Duration::from_millis(100);

enum Input {
    Key(KeyEvent),
    Resized,
    Notice(Notice),
    Signal(i32),
    /// The terminal or the listener has failed.
    Failed(Error),
}

pub fn run<L: Listener + 'static>(
    mut source: impl Source,
    listener: L,
    name: Option<&str>,
    interval: Duration,
    style: Style,
) -> Result<()> {
    let snapshot = source.snapshot()?;
    let mut app = App::new(interval.max(LEAST));
    if let Some(name) = name {
        app.team = find::find(&snapshot, name)?.team().index;
    }
    if !std::io::stdout().is_terminal() {
        return Err(Error::Usage(
            "top needs a terminal: vnicteam --json top is for programs".into(),
        ));
    }
    let (sender, inputs) = mpsc::channel();
    hear_signals(sender.clone())?;
    let screen = Screen::open()?;
    hear_keys(sender.clone());
    hear_events(listener, sender);
    app.look(snapshot.clone(), None);
    let mut live = Live {
        source,
        app,
        screen,
        style,
        base: (Instant::now(), snapshot),
        looked: Instant::now(),
        dirty: false,
    };
    live.run(&inputs)
}

struct Live<S> {
    source: S,
    app: App,
    screen: Screen,
    style: Style,
    /// From when rates are measured.
    base: (Instant, Snapshot),
    looked: Instant,
    /// Something has happened since the last look.
    dirty: bool,
}

impl<S: Source> Live<S> {
    fn run(&mut self, inputs: &Receiver<Input>) -> Result<()> {
        loop {
            self.screen
                .draw(|frame| draw::draw(frame, &self.app, &self.style, Instant::now()))?;
            let due = self.due().saturating_duration_since(Instant::now());
            match inputs.recv_timeout(due) {
                Ok(input) => {
                    if self.take(input)? {
                        return Ok(());
                    }
                    // A thousand moves at once are one picture.
                    while let Ok(input) = inputs.try_recv() {
                        if self.take(input)? {
                            return Ok(());
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn due(&self) -> Instant {
        if self.dirty {
            return self.looked + LEAST;
        }
        self.base.0 + self.app.interval
    }

    /// Returns whether this was the end.
    fn take(&mut self, input: Input) -> Result<bool> {
        match input {
            Input::Key(key) => match keys::press(&mut self.app, key) {
                Some(Action::Quit) => return Ok(true),
                Some(Action::Suspend) => self.screen.suspend()?,
                Some(Action::Look) => self.dirty = true,
                Some(Action::Order(order)) => self.order(&order),
                None => (),
            },
            Input::Resized => (),
            Input::Notice(Notice::Overrun) => {
                self.app.tell_lost();
                self.dirty = true;
            }
            Input::Notice(Notice::Event(event)) => {
                self.app.happened(&event, Instant::now());
                self.dirty = true;
            }
            Input::Signal(SIGTSTP) => self.screen.suspend()?,
            Input::Signal(SIGCONT) => self.screen.open_again()?,
            Input::Signal(_) => return Ok(true),
            Input::Failed(error) => return Err(error),
        }
        Ok(false)
    }

    /// Rates are of whole intervals; a look that an event brought forward has those of before.
    fn look(&mut self) {
        self.looked = Instant::now();
        self.dirty = false;
        let elapsed = self.base.0.elapsed();
        match self.source.snapshot() {
            Ok(snapshot) if elapsed >= self.app.interval => {
                let rates = Rates::between(&self.base.1, &snapshot, elapsed);
                self.base = (self.looked, snapshot.clone());
                self.app.look(snapshot, Some(rates));
            }
            Ok(snapshot) => self.app.look(snapshot, None),
            Err(error) => {
                self.base.0 = self.looked;
                self.app.message = Some(error.to_string());
            }
        }
    }

    fn order(&mut self, order: &Order) {
        let done = match order {
            Order::Move(order, to) => self.source.move_vnics(order).map(|count| {
                let vnics = units::count(count as usize, "VNIC");
                match order.to {
                    0 => format!("{vnics} set free"),
                    _ => format!("{vnics} pinned to {to}"),
                }
            }),
            Order::Redistribute(team, name) => {
                let done = self.source.redistribute(*team);
                done.map(|moves| format!("{name}: {}", units::count(moves as usize, "move")))
            }
        };
        self.app.message = Some(done.unwrap_or_else(|error| error.to_string()));
        self.dirty = true;
    }
}

// --- those who wait for something; they end with the program ---

fn hear_keys(sender: Sender<Input>) {
    thread::spawn(move || loop {
        let input = match terminal::read() {
            Ok(terminal::Event::Key(key)) => Input::Key(key),
            Ok(_) => Input::Resized,
            Err(error) => Input::Failed(Error::Io("cannot read from the terminal", error)),
        };
        let last = matches!(input, Input::Failed(_));
        if sender.send(input).is_err() || last {
            return;
        }
    });
}

fn hear_events(mut listener: impl Listener + 'static, sender: Sender<Input>) {
    thread::spawn(move || loop {
        let input = listener.next().map_or_else(Input::Failed, Input::Notice);
        let last = matches!(input, Input::Failed(_));
        if sender.send(input).is_err() || last {
            return;
        }
    });
}

fn hear_signals(sender: Sender<Input>) -> Result<()> {
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT]);
    let mut signals = signals.map_err(|error| Error::Io("cannot catch signals", error))?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if sender.send(Input::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}
