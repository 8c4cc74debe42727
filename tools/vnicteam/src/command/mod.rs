// SPDX-License-Identifier: GPL-2.0

//! What can be asked for, one file each.

mod monitor;
mod order;
mod redistribute;
mod show;
mod watch;

use crate::cli;
use crate::error::Result;
use crate::source::netlink::Kernel;
use crate::top;
use crate::view::style::Style;
use clap::ArgMatches;
use serde_json::Value;
use std::io::Write;

/// Where a command writes, and how.
struct Output<'a> {
    to: &'a mut dyn Write,
    json: bool,
    style: Style,
}

impl Output<'_> {
    /// Either of them is made, as asked for. Whoever follows us reads it at once.
    fn put(
        &mut self,
        json: impl FnOnce() -> Value,
        text: impl FnOnce(&Style) -> String,
    ) -> Result<()> {
        if self.json {
            writeln!(self.to, "{}", json())?;
        } else {
            self.to.write_all(text(&self.style).as_bytes())?;
        }
        self.to.flush()?;
        Ok(())
    }
}

pub fn run(words: &ArgMatches) -> Result<()> {
    let Some((name, words)) = words.subcommand() else {
        return Ok(());
    };
    let mut stdout = std::io::stdout();
    if name == "completion" {
        return completion(words, &mut stdout);
    }
    let variable = |name: &str| std::env::var(name).ok();
    let style = Style::new(cli::colour(words), cli::said(words, "ascii"), variable);
    let out = &mut Output {
        to: &mut stdout,
        json: cli::said(words, "json"),
        style,
    };
    let mut kernel = Kernel::open()?;
    match name {
        "monitor" => {
            let mut listener = kernel.listen()?;
            monitor::run(&mut kernel, &mut listener, words, out)
        }
        "move" => order::run(&mut kernel, words, out),
        "redistribute" => redistribute::run(&mut kernel, words, out),
        "top" if out.json => watch::run(&mut kernel, words, out),
        "top" => {
            let listener = kernel.listen()?;
            let team = cli::text(words, "NAME");
            top::run(
                kernel,
                listener,
                team,
                cli::duration(words, "interval"),
                style,
            )
        }
        _ => show::run(&mut kernel, words, out),
    }
}

/// Written to memory first: the crate ends the program if it cannot write.
fn completion(words: &ArgMatches, to: &mut dyn Write) -> Result<()> {
    if let Some(shell) = words.get_one::<clap_complete::Shell>("SHELL") {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut cli::command(), "vnicteam", &mut script);
        to.write_all(&script)?;
    }
    Ok(())
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::source::Source;

    /// What a command prints when it is called with these words.
    pub fn printed<S: Source>(
        source: &mut S,
        words: &str,
        run: impl FnOnce(&mut S, &ArgMatches, &mut Output<'_>) -> Result<()>,
    ) -> Result<String> {
        let words = cli::command().get_matches_from(words.split(' '));
        let (_, words) = words.subcommand().unwrap();
        let mut bytes = Vec::new();
        let out = &mut Output {
            to: &mut bytes,
            json: cli::said(words, "json"),
            style: Style::default(),
        };
        run(source, words, out)?;
        Ok(String::from_utf8(bytes).unwrap())
    }
}
