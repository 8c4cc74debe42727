// SPDX-License-Identifier: GPL-2.0

//! Table: rows in columns that are as wide as they must be.

use super::style::{
    Style,
    Tone, //
};
use super::units::printable;
use unicode_width::UnicodeWidthStr;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Align {
    Left,
    Right,
}

#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub fn toned(text: impl ToString, tone: Tone) -> Cell {
        Cell {
            text: printable(&text.to_string()),
            tone,
        }
    }
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::toned(text, Tone::Plain)
    }
}

pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(columns: &[(&'static str, Align)]) -> Table {
        Table {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines, each with its end.
    pub fn lines(&self, style: &Style) -> String {
        let heading = |(name, _): &(&str, Align)| Cell::toned(name, Tone::Heading);
        let heading: Vec<_> = self.columns.iter().map(heading).collect();
        let mut lines = String::new();
        for row in std::iter::once(&heading).chain(&self.rows) {
            lines.push_str(self.line(row, style).trim_end());
            lines.push('\n');
        }
        lines
    }

    fn line(&self, row: &[Cell], style: &Style) -> String {
        let mut line = String::from(" ");
        for (column, (cell, (_, align))) in row.iter().zip(&self.columns).enumerate() {
            let pad = " ".repeat(self.width(column).saturating_sub(cell.text.width()));
            let text = style.paint(cell.tone, &cell.text);
            line.push(' ');
            match align {
                Align::Left => line.push_str(&format!("{text}{pad} ")),
                Align::Right => line.push_str(&format!("{pad}{text} ")),
            }
        }
        line
    }

    fn width(&self, column: usize) -> usize {
        let name = self.columns.get(column).map_or(0, |(name, _)| name.width());
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.text.width()).fold(name, usize::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new(&[("NAME", Align::Left), ("N", Align::Right)]);
        table.row(["v\u{fc}ni".into(), 100.into()]);
        table.row([Cell::toned("a\x1bbcde", Tone::Bad), Cell::from(7)]);
        let style = Style {
            colour: true,
            ascii: false,
        };
        let lines = table.lines(&Style::default());
        assert_eq!(lines, "  NAME      N\n  v\u{fc}ni    100\n  a?bcde    7\n");
        assert!(table.lines(&style).contains("\x1b[31ma?bcde\x1b[0m    7"));
    }
}
