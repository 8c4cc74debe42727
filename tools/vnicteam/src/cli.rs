// SPDX-License-Identifier: GPL-2.0

//! The command line.

use crate::view::style::When;
use clap::{
    Arg,
    ArgAction,
    ArgMatches,
    Command, //
};
use clap_complete::Shell;
use std::time::Duration;

const EXIT_STATUS: &str = "\
Exit status: 0 done; 1 failed or refused; 2 wrong words; 3 the module is not loaded; 4 no such \
team, member or VNIC; 5 not permitted.";

pub fn command() -> Command {
    Command::new("vnicteam")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Shows, watches and moves virtual NICs over teams of NICs")
        .after_help(EXIT_STATUS)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .infer_subcommands(true)
        .args([
            flag("json", "Print JSON, for programs")
                .short('j')
                .global(true),
            flag("ascii", "Use no character beyond ASCII").global(true),
            Arg::new("color")
                .long("color")
                .value_name("WHEN")
                .value_parser(["auto", "always", "never"])
                .default_value("auto")
                .global(true)
                .help("Use colours; auto: on a terminal, unless NO_COLOR is set"),
        ])
        .subcommands([
            Command::new("show")
                .about("Shows teams, their members with load, and which VNIC is where")
                .args([
                    names("NAME", "Teams, members or VNICs [default: all]"),
                    seconds(
                        "interval",
                        "0.5",
                        "How long load is measured; 0: not at all",
                    ),
                    flag("stats", "Show counters, and why frames were not delivered").short('s'),
                ]),
            Command::new("monitor")
                .about("Tells events as they happen, until it is interrupted")
                .args([
                    names("NAME", "Only what is about these teams, members or VNICs"),
                    flag("state", "Tell the present state first").short('s'),
                    number("count", "End after so many events"),
                ]),
            Command::new("top")
                .about("Shows load and moves live")
                .args([
                    Arg::new("NAME")
                        .help("The team to begin with, or whose member or VNIC this is"),
                    seconds("interval", "1", "Time between two looks"),
                    number("count", "With --json: end after so many looks"),
                ]),
            Command::new("move")
                .about("Pins VNICs to a member, which moves them there, or sets them free")
                .args([
                    names(
                        "VNIC",
                        "VNICs; TEAM/SLOT or NAME@NSID names one in any namespace",
                    )
                    .required_unless_present("from")
                    .conflicts_with("from"),
                    Arg::new("from")
                        .long("from")
                        .value_name("MEMBER")
                        .help("All VNICs that this member carries"),
                    Arg::new("to")
                        .long("to")
                        .value_name("MEMBER|auto")
                        .required(true)
                        .help("Where to; auto sets them free"),
                    seconds("wait", "0", "Wait until they are there, at most so long"),
                ]),
            Command::new("redistribute")
                .about("Spreads VNICs evenly over the members")
                .arg(names("TEAM", "Teams [default: all]")),
            Command::new("completion")
                .about("Prints the completions of a shell")
                .arg(
                    Arg::new("SHELL")
                        .required(true)
                        .value_parser(clap::value_parser!(Shell)),
                ),
        ])
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

fn names(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).help(help).action(ArgAction::Append)
}

fn seconds(name: &'static str, default: &'static str, help: &'static str) -> Arg {
    let arg = Arg::new(name)
        .long(name)
        .value_name("SECONDS")
        .default_value(default)
        .value_parser(parse_seconds)
        .help(help);
    if name == "interval" {
        arg.short('i')
    } else {
        arg
    }
}

fn number(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .short('n')
        .value_name("COUNT")
        .value_parser(clap::value_parser!(u64).range(1..))
        .help(help)
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a number of seconds from 0 to 3600 is needed".into()),
    }
}

// --- what was said ---

pub fn said(words: &ArgMatches, flag: &str) -> bool {
    words.get_flag(flag)
}

pub fn text<'a>(words: &'a ArgMatches, name: &str) -> Option<&'a str> {
    words.get_one::<String>(name).map(String::as_str)
}

pub fn all(words: &ArgMatches, name: &str) -> Vec<String> {
    let values = words.get_many::<String>(name);
    values.map(|all| all.cloned().collect()).unwrap_or_default()
}

pub fn duration(words: &ArgMatches, name: &str) -> Duration {
    words.get_one(name).copied().unwrap_or_default()
}

pub fn count(words: &ArgMatches) -> Option<u64> {
    words.get_one("count").copied()
}

pub fn colour(words: &ArgMatches) -> When {
    match text(words, "color") {
        Some("always") => When::Always,
        Some("never") => When::Never,
        _ => When::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with these words.
    fn refused(words: &str) -> clap::Error {
        let words = words.split(' ');
        command().try_get_matches_from(words).unwrap_err()
    }

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn wrong_words_are_refused() {
        for words in [
            "vnicteam move vnic0",
            "vnicteam move --to eth1",
            "vnicteam move vnic0 --from eth1 --to eth2",
            "vnicteam show -i -1",
            "vnicteam show -i nan",
            "vnicteam show -i 1e9",
            "vnicteam monitor -n 0",
            "vnicteam nothing",
            "vnicteam show --color maybe",
        ] {
            assert!(refused(words).use_stderr(), "{words}");
        }
    }

    /// The manual page names every command and option (CTL-6).
    #[test]
    fn the_page_is_complete() {
        let page = include_str!("../vnicteam.8").replace('\\', "");
        let mut main = command();
        main.build();
        for command in main
            .get_subcommands()
            .filter(|one| one.get_name() != "help")
        {
            assert!(page.contains(command.get_name()), "{}", command.get_name());
            for long in command.get_arguments().filter_map(Arg::get_long) {
                assert!(page.contains(&format!("--{long}")), "--{long}");
            }
        }
    }
}
