// SPDX-License-Identifier: GPL-2.0

//! Numbers with their units, in few columns, and names that cannot harm a terminal.

/// Three digits and a power of 1000: 999, 1.23k, 45.6M, 789G.
pub fn scaled(number: u64) -> String {
    const POWERS: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    let mut divisor = 1u64;
    let mut power = 0;
    while number / divisor >= 1000 {
        divisor *= 1000;
        power += 1;
    }
    let whole = number / divisor;
    let suffix = POWERS.get(power).copied().unwrap_or_default();
    // Digits after the point, cut off, not rounded: 999.9 is not 1000.
    let part = |digits| (number % divisor) / (divisor / digits);
    match (power, whole) {
        (0, _) => whole.to_string(),
        (_, 0..=9) => format!("{whole}.{:02}{suffix}", part(100)),
        (_, 10..=99) => format!("{whole}.{}{suffix}", part(10)),
        _ => format!("{whole}{suffix}"),
    }
}

/// A time from ns, with the unit that fits.
pub fn time(ns: u64) -> String {
    match ns {
        0..=999 => format!("{ns} ns"),
        1_000..=999_999 => format!("{}.{} us", ns / 1_000, ns / 100 % 10),
        1_000_000..=999_999_999 => format!("{}.{} ms", ns / 1_000_000, ns / 100_000 % 10),
        _ => format!("{}.{} s", ns / 1_000_000_000, ns / 100_000_000 % 10),
    }
}

/// A netdev's name may have any character that is no blank and no slash.
pub fn printable(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

/// "1 VNIC", "2 VNICs"
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.00k"),
            (12_345, "12.3k"),
            (999_999, "999k"),
            (10_000_000_000, "10.0G"),
            (u64::MAX, "18.4E"),
        ] {
            assert_eq!(scaled(number), text);
        }
    }

    #[test]
    fn times_have_their_unit() {
        for (ns, text) in [
            (7, "7 ns"),
            (1_250, "1.2 us"),
            (1_234_567, "1.2 ms"),
            (2_500_000_000, "2.5 s"),
        ] {
            assert_eq!(time(ns), text);
        }
        assert!(time(u64::MAX).ends_with(" s"));
    }

    #[test]
    fn no_name_reaches_the_terminal_as_an_order() {
        assert_eq!(printable("a\x1b[2Jb\u{9b}c"), "a?[2Jb?c");
        assert_eq!(printable("v\u{fc}"), "v\u{fc}");
    }
}
