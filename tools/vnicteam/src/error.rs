// SPDX-License-Identifier: GPL-2.0

//! What can go wrong: each error is a sentence with what to do, and an exit status.

use std::fmt;
use std::io;

/// Exit statuses, as vnicteam(8) lists them.
pub const FAILED: u8 = 1;
pub const USAGE: u8 = 2;
pub const NOT_LOADED: u8 = 3;
pub const NOT_FOUND: u8 = 4;
pub const NOT_PERMITTED: u8 = 5;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
pub enum Error {
    /// The kernel has no family `vnicteam`.
    NotLoaded,
    /// A name that nothing has, or more than one thing.
    NotFound(String),
    /// Words that do not fit together.
    Usage(String),
    /// The kernel said no: an errno, and the sentence that came with it, if any.
    Refused {
        what: String,
        errno: i32,
        sentence: String,
    },
    /// What was ordered did not come about.
    Failed(String),
    /// The kernel's answer cannot be read.
    Garbled(String),
    Io(&'static str, io::Error),
}

const EPERM: i32 = 1;
const EACCES: i32 = 13;

impl Error {
    pub fn status(&self) -> u8 {
        match self {
            Error::NotLoaded => NOT_LOADED,
            Error::NotFound(_) => NOT_FOUND,
            Error::Usage(_) => USAGE,
            Error::Refused {
                errno: EPERM | EACCES,
                ..
            } => NOT_PERMITTED,
            _ => FAILED,
        }
    }

    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Error::Io(_, error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Our output could not be written.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io("cannot write", error)
    }
}

/// The system's words for an errno, without Rust's addition.
fn words_of(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text.get(..end).unwrap_or_default().to_string(),
        None => text,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotLoaded => {
                write!(f, "the module vnicteam is not loaded: modprobe vnicteam")
            }
            Error::NotFound(text) | Error::Usage(text) | Error::Failed(text) => f.write_str(text),
            Error::Garbled(what) => write!(
                f,
                "the kernel's answer cannot be read ({what}): use the vnicteam that came with the \
                 module"
            ),
            Error::Io(what, error) => write!(f, "{what}: {}", words_of(error)),
            Error::Refused {
                what,
                errno,
                sentence,
            } => {
                write!(f, "{what}: ")?;
                if sentence.is_empty() {
                    f.write_str(&words_of(&io::Error::from_raw_os_error(*errno)))?;
                } else {
                    f.write_str(sentence)?;
                }
                match *errno {
                    EPERM | EACCES => write!(
                        f,
                        ": run it as root, or with CAP_NET_ADMIN over the team's network namespace"
                    ),
                    _ => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(errno: i32, sentence: &str) -> Error {
        Error::Refused {
            what: "cannot move vnic0".into(),
            errno,
            sentence: sentence.into(),
        }
    }

    #[test]
    fn the_kernels_sentence_is_kept() {
        let error = refused(22, "eth9 is no member of team0");
        assert_eq!(
            error.to_string(),
            "cannot move vnic0: eth9 is no member of team0"
        );
        assert_eq!(error.status(), FAILED);
    }

    #[test]
    fn an_errno_without_sentence_has_the_systems_words() {
        assert_eq!(
            refused(16, "").to_string(),
            "cannot move vnic0: Device or resource busy"
        );
    }

    #[test]
    fn each_remedy_and_status() {
        assert!(refused(1, "").to_string().contains("run it as root"));
        assert_eq!(refused(1, "").status(), NOT_PERMITTED);
        assert!(Error::NotLoaded.to_string().contains("modprobe vnicteam"));
        assert_eq!(Error::NotLoaded.status(), NOT_LOADED);
        assert_eq!(Error::NotFound(String::new()).status(), NOT_FOUND);
    }
}
