// SPDX-License-Identifier: GPL-2.0

//! The bodies of the fuzz targets over the corpus and over any bytes, for machines that cannot
//! fuzz: no input makes `logic` panic, overflow or break a law.

use crate::support::bytes;
use crate::support::strategies::cases;
use proptest::prelude::*;

/// The inputs of a file: each line is one in hexadecimal digits, `#` begins a remark.
fn inputs(text: &str) -> impl Iterator<Item = Vec<u8>> + '_ {
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or("").trim());
    lines.filter(|line| !line.is_empty()).map(|line| {
        assert!(line.len() % 2 == 0 && line.is_ascii(), "{line}");
        let byte = |at| u8::from_str_radix(&line[at..at + 2], 16).expect(line);
        (0..line.len()).step_by(2).map(byte).collect()
    })
}

#[test]
fn frames() {
    inputs(include_str!("../../corpus/frame")).for_each(|data| bytes::frame(&data));
}

#[test]
fn histories() {
    inputs(include_str!("../../corpus/engine")).for_each(|data| bytes::engine(&data));
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn any_frame(data in prop::collection::vec(any::<u8>(), 0..300)) {
        bytes::frame(&data);
    }

    #[test]
    fn any_history(data in prop::collection::vec(any::<u8>(), 0..300)) {
        bytes::engine(&data);
    }
}
