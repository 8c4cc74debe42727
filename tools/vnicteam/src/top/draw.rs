// SPDX-License-Identifier: GPL-2.0

//! Draw: how top looks, from 80 columns and 24 lines on; on less the rest is cut off.

use super::app::App;
use super::bar::bar;
use super::dialog::Dialog;
use super::keys;
use crate::model::rate::Rate;
use crate::model::snapshot::{
    Member,
    Team,
    Vnic, //
};
use crate::view::style::{
    Style,
    Tone, //
};
use crate::view::text;
use crate::view::units::{
    printable,
    scaled, //
};
use ratatui::layout::{
    Constraint,
    Layout,
    Rect, //
};
use ratatui::style::{
    Color,
    Modifier,
    Style as Look, //
};
use ratatui::symbols::border;
use ratatui::text::{
    Line,
    Span, //
};
use ratatui::widgets::{
    Block,
    Clear,
    Paragraph, //
};
use ratatui::Frame;
use std::time::Instant;
use unicode_width::{
    UnicodeWidthChar,
    UnicodeWidthStr, //
};

const HINTS: &str =
    "q quit  arrows choose  s sort  / filter  m move  r redistribute  p pause  ? help";

const ASCII_BORDER: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

pub fn draw(frame: &mut Frame<'_>, app: &App, style: &Style, now: Instant) {
    let area = frame.area();
    let Some(team) = app.shown() else {
        let none = "no team yet: ip link add team0 type vnicteam makes one; q quits";
        return frame.render_widget(Paragraph::new(none), area);
    };
    let height = usize::from(area.height);
    let members = team
        .members
        .len()
        .clamp(1, height.saturating_sub(10).max(2) / 2);
    let events = (height / 6).clamp(1, 10);
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, upper, middle, lower, foot] = Layout::vertical([
        lines(1),
        lines(members + 1),
        Constraint::Min(0),
        lines(events + 1),
        lines(1),
    ])
    .areas(area);
    let painter = Painter { app, style, now };
    frame.render_widget(Paragraph::new(painter.head(team)), head);
    frame.render_widget(Paragraph::new(painter.members(team, upper)), upper);
    frame.render_widget(Paragraph::new(painter.vnics(team, middle)), middle);
    frame.render_widget(Paragraph::new(painter.events(events)), lower);
    frame.render_widget(Paragraph::new(painter.foot()), foot);
    painter.dialog(frame, team, area);
}

struct Painter<'a> {
    app: &'a App,
    style: &'a Style,
    now: Instant,
}

impl Painter<'_> {
    fn look(&self, tone: Tone) -> Look {
        let look = Look::new();
        match (tone, self.style.colour) {
            (Tone::Plain, _) => look,
            (Tone::Heading, _) => look.add_modifier(Modifier::REVERSED),
            (Tone::Good, true) => look.fg(Color::Green),
            (Tone::Warning, true) => look.fg(Color::Yellow),
            (Tone::Bad, true) => look.fg(Color::Red),
            (Tone::Good, false) => look,
            (Tone::Warning | Tone::Bad, false) => look.add_modifier(Modifier::BOLD),
        }
    }

    fn span(&self, tone: Tone, text: String) -> Span<'static> {
        Span::styled(text, self.look(tone))
    }

    fn heading(&self, text: String, width: u16) -> Line<'static> {
        Line::from(self.span(Tone::Heading, fit(&text, usize::from(width))))
    }

    fn head(&self, team: &Team) -> Line<'static> {
        let mut text = format!(
            "vnicteam  {}  {}/{} members up  {} VNICs  every {} s",
            printable(&team.name),
            team.members_up(),
            team.members.len(),
            team.vnics.len(),
            self.app.interval.as_secs_f64(),
        );
        if self.app.snapshot.teams.len() > 1 {
            text.push_str("  Tab: next team");
        }
        let mut line = Line::from(text);
        if self.app.paused {
            line.push_span(self.span(Tone::Heading, "  PAUSED".into()));
        }
        line
    }

    // --- members ---

    fn members(&self, team: &Team, area: Rect) -> Vec<Line<'static>> {
        let room = usize::from(area.height).saturating_sub(1);
        let heading = " MEMBER     STATE VNICS  load against capacity, bit/s";
        let mut lines = vec![self.heading(heading.into(), area.width)];
        // The last line tells of those for which there is no room.
        let shown = if team.members.len() > room {
            room.saturating_sub(1)
        } else {
            room
        };
        let scale = self.busiest(team);
        for member in team.members.iter().take(shown) {
            lines.push(self.member(team, member, scale, area.width));
        }
        if team.members.len() > shown {
            let more = team.members.len() - shown;
            lines.push(Line::from(format!(
                " ... {more} more: make the window higher"
            )));
        }
        if team.members.is_empty() {
            lines.push(Line::from(
                " no members: ip link set eth1 master TEAM makes one",
            ));
        }
        lines
    }

    /// What bars of members without a capacity are measured by.
    fn busiest(&self, team: &Team) -> u64 {
        let rates = team.members.iter().map(|member| self.rate(member));
        let highest = rates.map(|rate| rate.rx_bits.max(rate.tx_bits));
        highest.max().unwrap_or(0)
    }

    fn rate(&self, member: &Member) -> Rate {
        self.app.rates.member(member.index).unwrap_or_default()
    }

    fn member(&self, team: &Team, member: &Member, scale: u64, width: u16) -> Line<'static> {
        const WORDS: usize = 55;
        let columns = usize::from(width).saturating_sub(WORDS).max(8) / 2;
        let rate = self.rate(member);
        let whole = member.capacity.unwrap_or(scale);
        let gauge = |bits: u64| {
            let one = Rate {
                rx_bits: bits,
                ..Rate::default()
            };
            let tone = one
                .load(member.capacity)
                .map_or(Tone::Plain, text::load_tone);
            self.span(tone, bar(bits, whole, columns, self.style.ascii))
        };
        let of = member.capacity.map_or("?".into(), scaled);
        Line::from(vec![
            Span::raw(format!(" {} ", fit(&member.name, 10))),
            self.span(text::tone_of(member), fit(&member.state.to_string(), 5)),
            Span::raw(format!(" {:>5}  RX ", team.vnics_on(member.index))),
            gauge(rate.rx_bits),
            Span::raw(format!(" {:>5}  TX ", scaled(rate.rx_bits))),
            gauge(rate.tx_bits),
            Span::raw(format!(" {:>5} of {of}", scaled(rate.tx_bits))),
        ])
    }

    // --- VNICs ---

    fn vnics(&self, team: &Team, area: Rect) -> Vec<Line<'static>> {
        let rows = self.app.rows();
        let heading = format!(
            " {:16} {:9} {:9} {:>6} {:>6} {:8} {:>5} {:13}  sort: {}{}",
            "VNIC",
            "MEMBER",
            "PIN",
            "RX",
            "TX",
            "LOAD",
            "MOVES",
            "LAST MOVE",
            self.app.sort.word(),
            match self.app.filter.as_str() {
                "" => String::new(),
                filter => format!("  filter: {}", printable(filter)),
            }
        );
        let mut lines = vec![self.heading(heading, area.width)];
        let room = usize::from(area.height).saturating_sub(1);
        let at = self.app.position(&rows);
        // The chosen one is in sight.
        let first = at.map_or(0, |at| (at + 1).saturating_sub(room));
        for (number, vnic) in rows.iter().enumerate().skip(first).take(room) {
            let mut line = self.vnic(team, vnic);
            if at == Some(number) {
                line = line.style(self.look(Tone::Heading));
            }
            lines.push(line);
        }
        lines
    }

    fn vnic(&self, team: &Team, vnic: &Vnic) -> Line<'static> {
        let rate = self.app.rates.vnic(team.index, vnic.slot, vnic.index);
        let rate = rate.unwrap_or_default();
        let member = team.member(vnic.active_member);
        let whole = member.and_then(|member| member.capacity);
        let whole = whole.unwrap_or_else(|| self.busiest(team));
        let load = bar(rate.rx_bits.max(rate.tx_bits), whole, 8, self.style.ascii);
        let place = team.member_name(vnic.active_member);
        let tone = match place {
            None => Tone::Bad,
            Some(_) if self.app.has_just_moved(team.index, vnic.slot, self.now) => Tone::Warning,
            Some(_) => Tone::Plain,
        };
        let place = place.unwrap_or("standby".into());
        let pin = team.member_name(vnic.pin).unwrap_or("auto".into());
        let last = text::last_move(vnic).unwrap_or("-".into());
        Line::from(vec![
            Span::raw(format!(" {} ", fit(&vnic.label(), 16))),
            self.span(tone, fit(&place, 9)),
            Span::raw(format!(
                " {} {:>6} {:>6} {load} {:>5} {last}",
                fit(&pin, 9),
                scaled(rate.rx_bits),
                scaled(rate.tx_bits),
                vnic.moves,
            )),
        ])
    }

    // --- what happens, and what is asked ---

    fn events(&self, room: usize) -> Vec<Line<'static>> {
        let mut lines = vec![self.heading(" WHAT HAPPENS, the newest first".into(), u16::MAX)];
        for (tone, text) in self.app.events.iter().take(room) {
            lines.push(Line::from(
                self.span(*tone, format!(" {}", printable(text))),
            ));
        }
        lines
    }

    fn foot(&self) -> Line<'static> {
        match (&self.app.dialog, &self.app.message) {
            (Dialog::Filter(_), _) => {
                let filter = printable(&self.app.filter);
                Line::from(format!("filter: {filter}_   Enter keeps it, Esc does not"))
            }
            (_, Some(message)) => Line::from(self.span(Tone::Warning, printable(message))),
            (_, None) => Line::from(HINTS),
        }
    }

    fn dialog(&self, frame: &mut Frame<'_>, team: &Team, area: Rect) {
        let (title, lines) = match &self.app.dialog {
            Dialog::None | Dialog::Filter(_) => return,
            Dialog::Help => {
                let line = |(key, what)| Line::from(format!(" {key:18} {what} "));
                ("Keys".to_string(), keys::HELP.map(line).to_vec())
            }
            Dialog::Redistribute => {
                let text = format!(" Spread the VNICs of {} evenly? ", printable(&team.name));
                (
                    "Redistribute".into(),
                    vec![Line::from(text), Line::from(" y: yes   n: no ")],
                )
            }
            Dialog::Move(dialog) => {
                let room = usize::from(area.height).saturating_sub(3).max(1);
                let first = (dialog.at + 1).saturating_sub(room);
                let line = |(number, choice): (usize, &super::dialog::Choice)| {
                    let tone = if number == dialog.at {
                        Tone::Heading
                    } else {
                        Tone::Plain
                    };
                    let text = format!(" {} {:9}", fit(&choice.name, 16), choice.note);
                    Line::from(self.span(tone, text))
                };
                let choices = dialog.choices.iter().enumerate().skip(first).take(room);
                let mut lines: Vec<_> = choices.map(line).collect();
                lines.push(Line::from(" Enter: move   Esc: do not "));
                (format!("Pin {} to", printable(&dialog.label)), lines)
            }
        };
        let widths = lines.iter().map(Line::width).chain([title.width() + 2]);
        let box_area = centred(area, widths.max().unwrap_or(0) + 2, lines.len() + 2);
        let set = if self.style.ascii {
            ASCII_BORDER
        } else {
            border::PLAIN
        };
        let frame_of = Block::bordered()
            .border_set(set)
            .title(format!(" {title} "));
        frame.render_widget(Clear, box_area);
        frame.render_widget(Paragraph::new(lines).block(frame_of), box_area);
    }
}

fn centred(area: Rect, width: usize, height: usize) -> Rect {
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width);
    let height = u16::try_from(height).unwrap_or(u16::MAX).min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// So many columns of a text, no more and no less.
fn fit(text: &str, width: usize) -> String {
    let mut fitted = String::new();
    let mut used = 0;
    for letter in printable(text).chars() {
        let columns = letter.width().unwrap_or(0);
        if used + columns > width {
            break;
        }
        used += columns;
        fitted.push(letter);
    }
    fitted.push_str(&" ".repeat(width - used));
    fitted
}

#[cfg(test)]
mod tests {
    use super::super::app::tests::app;
    use super::super::dialog::Move;
    use super::*;
    use crate::model::rate::Rates;
    use crate::model::sample;
    use ratatui::backend::TestBackend;
    use ratatui::Terminal;
    use std::time::Duration;

    fn picture(app: &App, style: Style, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let paint = |frame: &mut Frame<'_>| draw(frame, app, &style, Instant::now());
        terminal.draw(paint).unwrap();
        let buffer = terminal.backend().buffer();
        let line = |y| {
            let cells = (0..width).map(|x| buffer[(x, y)].symbol());
            cells.collect::<String>().trim_end().to_string()
        };
        (0..height).map(line).collect()
    }

    const ASCII: Style = Style {
        colour: false,
        ascii: true,
    };

    fn busy() -> App {
        let old = sample::snapshot();
        let mut new = sample::snapshot();
        // 5 Gbit/s of 10 received by eth1, most of it by the VNIC in slot 3.
        new.teams[0].members[0].stats.set(2, 626_000_000);
        new.teams[0].vnics[2].stats.set(2, 500_001_000);
        let mut app = app();
        let rates = Rates::between(&old, &new, Duration::from_secs(1));
        app.look(new, Some(rates));
        app
    }

    #[test]
    fn all_is_on_80_columns_and_24_lines() {
        let mut app = busy();
        app.happened(&sample::moved(3), Instant::now());
        let lines = picture(&app, ASCII, 80, 24);
        let find = |text: &str| {
            let found = lines.iter().position(|line| line.contains(text));
            found.unwrap_or_else(|| panic!("{text} is not in\n{}", lines.join("\n")))
        };
        assert_eq!(find("vnicteam  team0  2/3 members up  5 VNICs"), 0);
        let eth1 = &lines[find(" eth1       up        2")];
        assert!(eth1.contains("RX ######...... 5.00G"), "{eth1}");
        assert!(eth1.ends_with("of 10.0G"), "{eth1}");
        assert!(lines[find(" eth3       down")].ends_with("of 1.00G"));
        // The busiest one first.
        let first = find(" eth0@0");
        assert_eq!(first, find("VNIC             MEMBER") + 1);
        assert!(lines[first].contains("4.00G"), "{}", lines[first]);
        assert!(lines[find("blue@1")].contains("standby"));
        assert!(lines[find(" vnic1 ")].ends_with("fault, 1.2 ms"));
        find("team0: vnic0 moved from eth1 to eth2 (fault, 1.2 ms)");
        assert_eq!(find("q quit"), 23);
        assert!(lines.iter().all(|line| line.is_ascii()));
    }

    #[test]
    fn bars_have_eighths_where_the_terminal_can() {
        let style = Style {
            colour: true,
            ascii: false,
        };
        let lines = picture(&busy(), style, 80, 24);
        assert!(lines.iter().any(|line| line.contains("RX ██████······")));
    }

    #[test]
    fn a_dialog_lists_the_members() {
        let mut app = busy();
        let team = &sample::snapshot().teams[0];
        app.dialog = Dialog::Move(Move::new(team, &team.vnics[0]));
        let text = picture(&app, ASCII, 80, 24).join("\n");
        for words in [
            "Pin vnic0 to",
            "auto             set free",
            "eth3             down",
        ] {
            assert!(text.contains(words), "{text}");
        }
        app.dialog = Dialog::Help;
        let text = picture(&app, ASCII, 80, 24).join("\n");
        assert!(text.contains("redistribute the team's VNICs"), "{text}");
    }

    #[test]
    fn the_chosen_vnic_is_in_sight() {
        let mut app = busy();
        for slot in 6..300 {
            let vnic = sample::vnic(slot, &format!("v{slot}"), None, 11);
            app.snapshot.teams[0].vnics.push(vnic);
        }
        app.chosen = Some(299);
        let text = picture(&app, ASCII, 80, 24).join("\n");
        assert!(text.contains(" v299 "), "{text}");
    }

    /// Any size, with and without a dialog, many members or none, names as wide as can be.
    #[test]
    fn no_size_panics() {
        let mut many = busy();
        for number in 4..40 {
            let member = sample::member(number, 7.into(), Some(u64::MAX));
            many.snapshot.teams[0].members.push(member);
        }
        many.snapshot.teams[0].members[0].name = "\u{5b57}".repeat(15);
        let mut none = busy();
        none.snapshot.teams[0].members.clear();
        none.snapshot.teams[0].vnics.clear();
        let mut nothing = app();
        nothing.snapshot = Default::default();
        let team = &sample::snapshot().teams[0];
        let dialogs = [
            Dialog::None,
            Dialog::Help,
            Dialog::Redistribute,
            Dialog::Filter(String::new()),
            Dialog::Move(Move::new(team, &team.vnics[0])),
        ];
        for mut app in [many, none, nothing] {
            for dialog in &dialogs {
                app.dialog = dialog.clone();
                for width in [1, 2, 9, 40, 79, 80, 300] {
                    for height in [1, 2, 3, 7, 12, 24, 90] {
                        picture(&app, ASCII, width, height);
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_fits_its_columns() {
        assert_eq!(fit("abc", 5), "abc  ");
        assert_eq!(fit("abcdef", 3), "abc");
        assert_eq!(fit("\u{5b57}\u{5b57}", 3), "\u{5b57} ");
        assert_eq!(fit("a\x1bb", 3), "a?b");
    }
}
