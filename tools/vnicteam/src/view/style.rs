// SPDX-License-Identifier: GPL-2.0

//! Style: whether there are colours and which characters the terminal has.

use std::io::IsTerminal;

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// What a word is about, as far as that has a colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tone {
    #[default]
    Plain,
    Heading,
    Good,
    Warning,
    Bad,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub colour: bool,
    pub ascii: bool,
}

impl Style {
    /// For standard output. `variable` looks into the environment.
    pub fn new(when: When, ascii: bool, variable: impl Fn(&str) -> Option<String>) -> Style {
        Style {
            colour: match when {
                When::Always => true,
                When::Never => false,
                When::Auto => {
                    let plain = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
                    let dumb = variable("TERM").is_none_or(|term| term == "dumb");
                    !plain && !dumb && std::io::stdout().is_terminal()
                }
            },
            ascii: ascii || !is_utf8(variable),
        }
    }

    pub fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Heading => "1",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
            Tone::Plain => return text.to_string(),
        };
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_string()
        }
    }
}

/// The first that is set says which locale it is.
fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    let locale = locale.unwrap_or_default().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(when: When, variables: &[(&str, &str)]) -> Style {
        Style::new(when, false, |name| {
            let found = variables.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn the_locale_decides_about_unicode() {
        for (variables, ascii) in [
            (&[("LANG", "de_DE.UTF-8")][..], false),
            (&[("LANG", "C.utf8")][..], false),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "C")][..], true),
            (&[("LC_ALL", ""), ("LANG", "C.UTF-8")][..], false),
            (&[][..], true),
        ] {
            assert_eq!(style(When::Never, variables).ascii, ascii, "{variables:?}");
        }
    }

    #[test]
    fn no_colour_without_a_terminal_but_on_demand() {
        assert_eq!(style(When::Never, &[]).paint(Tone::Bad, "down"), "down");
        let always = style(When::Always, &[("NO_COLOR", "1")]);
        assert_eq!(always.paint(Tone::Bad, "down"), "\x1b[31mdown\x1b[0m");
        assert_eq!(always.paint(Tone::Plain, "up"), "up");
        let terminal = [("TERM", "xterm"), ("NO_COLOR", "1")];
        assert!(!style(When::Auto, &terminal).colour);
        assert!(!style(When::Auto, &[("TERM", "dumb")]).colour);
    }
}
