// SPDX-License-Identifier: GPL-2.0

//! Bar: a share as so many columns.

const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// `part` of `whole` in `width` columns, full at most. Whatever is not nothing is seen.
pub fn bar(part: u64, whole: u64, width: usize, ascii: bool) -> String {
    let steps = if ascii { 1 } else { 8 };
    let all = (width as u128) * steps;
    let filled = match whole {
        0 => 0,
        _ => u128::from(part)
            .saturating_mul(all)
            .div_ceil(u128::from(whole))
            .min(all),
    };
    let full = usize::try_from(filled / steps).unwrap_or(width);
    let rest = usize::try_from(filled % steps).unwrap_or(0);
    let mut text = if ascii { "#" } else { "█" }.repeat(full);
    if let Some(part) = EIGHTHS.get(rest).filter(|_| rest > 0) {
        text.push(*part);
    }
    let used = full + usize::from(rest > 0);
    text.push_str(&if ascii { "." } else { "·" }.repeat(width.saturating_sub(used)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_its_width() {
        for width in [0, 1, 5, 300] {
            for (part, whole) in [
                (0, 0),
                (0, 9),
                (1, 9),
                (5, 9),
                (9, 9),
                (10, 9),
                (u64::MAX, 1),
            ] {
                for ascii in [true, false] {
                    let text = bar(part, whole, width, ascii);
                    assert_eq!(text.chars().count(), width, "{part} of {whole}: {text}");
                    assert!(!ascii || text.is_ascii());
                }
            }
        }
    }

    #[test]
    fn shares() {
        assert_eq!(bar(1, 2, 4, true), "##..");
        assert_eq!(bar(1, 1000, 4, true), "#...");
        assert_eq!(bar(0, 1000, 4, true), "....");
        assert_eq!(bar(9, 16, 4, false), "██▎·");
        assert_eq!(bar(u64::MAX, u64::MAX, 2, false), "██");
    }
}
