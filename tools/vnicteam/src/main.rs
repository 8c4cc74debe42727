// SPDX-License-Identifier: GPL-2.0

//! vnicteam: shows teams, members and VNICs, follows their events and moves VNICs (CTL-2, CTL-4,
//! PLC-6).
//!
//! `model` is what there is, without I/O. `source` gets it from the kernel and carries orders to
//! it. `view` says it as text or JSON, `top` shows it live. `command` has one file for each thing
//! that can be asked for, and knows the source by its trait only.

mod cli;
mod command;
mod error;
mod model;
mod source;
mod top;
mod view;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words = match cli::command().try_get_matches() {
        Ok(words) => words,
        Err(error) => {
            // Help and version come this way too, with status 0; a reader may have gone.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { error::USAGE } else { 0 });
        }
    };
    match command::run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads our output has seen enough, as with `| head`.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vnicteam: {error}");
            ExitCode::from(error.status())
        }
    }
}
