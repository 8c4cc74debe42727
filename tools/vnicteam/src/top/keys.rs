// SPDX-License-Identifier: GPL-2.0

//! Keys: what each of them does.

use super::app::{
    Action,
    App,
    Order, //
};
use super::dialog::{
    Dialog,
    Move, //
};
use crate::source::{
    MoveOrder,
    Which, //
};
use ratatui::crossterm::event::{
    KeyCode,
    KeyEvent,
    KeyEventKind,
    KeyModifiers, //
};

/// What the help says.
pub const HELP: [(&str, &str); 12] = [
    ("Up Down PgUp PgDn", "choose a VNIC"),
    ("Home End", "the first one, the last one"),
    ("s", "sort by load, name, member, moves"),
    ("/ or f", "filter by name, MAC or member"),
    ("Esc", "no filter, no choice"),
    ("m", "move the VNIC to a member"),
    ("r", "redistribute the team's VNICs"),
    ("p or Space", "pause"),
    ("Tab", "the next team"),
    ("Ctrl-Z", "suspend"),
    ("?", "this help"),
    ("q", "quit"),
];

const PAGE: isize = 10;

pub fn press(app: &mut App, key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('c') => Some(Action::Quit),
            KeyCode::Char('z') => Some(Action::Suspend),
            _ => None,
        };
    }
    app.message = None;
    match std::mem::take(&mut app.dialog) {
        Dialog::None => in_list(app, key.code),
        Dialog::Help => None,
        Dialog::Filter(before) => in_filter(app, key.code, before),
        Dialog::Move(dialog) => in_move(app, key.code, dialog),
        Dialog::Redistribute => in_redistribute(app, key.code),
    }
}

fn in_list(app: &mut App, key: KeyCode) -> Option<Action> {
    match key {
        KeyCode::Char('q') => return Some(Action::Quit),
        KeyCode::Up | KeyCode::Char('k') => app.choose(-1),
        KeyCode::Down | KeyCode::Char('j') => app.choose(1),
        KeyCode::PageUp => app.choose(-PAGE),
        KeyCode::PageDown => app.choose(PAGE),
        KeyCode::Home => app.choose(isize::MIN),
        KeyCode::End => {
            app.choose(0);
            app.choose(isize::MAX);
        }
        KeyCode::Char('s') => app.sort = app.sort.next(),
        KeyCode::Char('/' | 'f') => app.dialog = Dialog::Filter(app.filter.clone()),
        KeyCode::Char('p' | ' ') => {
            app.paused = !app.paused;
            return (!app.paused).then_some(Action::Look);
        }
        KeyCode::Char('?' | 'h') => app.dialog = Dialog::Help,
        KeyCode::Tab => app.next_team(),
        KeyCode::Esc => {
            app.filter.clear();
            app.chosen = None;
        }
        KeyCode::Char('m') | KeyCode::Enter => ask_move(app),
        KeyCode::Char('r') if app.shown().is_some() => app.dialog = Dialog::Redistribute,
        _ => (),
    }
    None
}

fn ask_move(app: &mut App) {
    let dialog = app
        .shown()
        .zip(app.chosen_vnic())
        .map(|(team, vnic)| Move::new(team, vnic));
    match dialog {
        Some(dialog) => app.dialog = Dialog::Move(dialog),
        None => app.message = Some("choose a VNIC with the arrows first".into()),
    }
}

fn in_filter(app: &mut App, key: KeyCode, before: String) -> Option<Action> {
    match key {
        KeyCode::Enter => return None,
        KeyCode::Esc => {
            app.filter = before;
            return None;
        }
        KeyCode::Backspace => {
            app.filter.pop();
        }
        KeyCode::Char(letter) => app.filter.push(letter),
        _ => (),
    }
    app.dialog = Dialog::Filter(before);
    None
}

fn in_move(app: &mut App, key: KeyCode, mut dialog: Move) -> Option<Action> {
    match key {
        KeyCode::Esc | KeyCode::Char('q' | 'n') => return None,
        KeyCode::Up | KeyCode::Char('k') => dialog.step(-1),
        KeyCode::Down | KeyCode::Char('j') => dialog.step(1),
        KeyCode::Enter | KeyCode::Char('y') => {
            let choice = dialog.choices.get(dialog.at)?;
            let order = MoveOrder {
                team: dialog.team,
                which: Which::Slots(vec![dialog.slot]),
                to: choice.member,
            };
            return Some(Action::Order(Order::Move(order, choice.name.clone())));
        }
        _ => (),
    }
    app.dialog = Dialog::Move(dialog);
    None
}

fn in_redistribute(app: &mut App, key: KeyCode) -> Option<Action> {
    match key {
        KeyCode::Char('y') | KeyCode::Enter => {
            let team = app.shown()?;
            let order = Order::Redistribute(team.index, team.name.clone());
            Some(Action::Order(order))
        }
        KeyCode::Char('n' | 'q') | KeyCode::Esc => None,
        _ => {
            app.dialog = Dialog::Redistribute;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::app::tests::app;
    use super::super::rows::Sort;
    use super::*;

    /// Types these keys; what the last one asks for.
    fn type_keys(app: &mut App, keys: &[KeyCode]) -> Option<Action> {
        let mut last = None;
        for key in keys {
            last = press(app, KeyEvent::new(*key, KeyModifiers::NONE));
        }
        last
    }

    const DOWN: KeyCode = KeyCode::Down;
    const ENTER: KeyCode = KeyCode::Enter;
    const M: KeyCode = KeyCode::Char('m');

    #[test]
    fn a_move_is_asked_for() {
        let mut app = app();
        assert_eq!(type_keys(&mut app, &[M]), None);
        assert!(app.message.is_some());
        // vnic0 is on eth1; eth2 is offered first.
        let action = type_keys(&mut app, &[DOWN, M, ENTER]);
        let order = MoveOrder {
            team: 5,
            which: Which::Slots(vec![1]),
            to: 12,
        };
        assert_eq!(
            action,
            Some(Action::Order(Order::Move(order, "eth2".into())))
        );
        assert_eq!(app.dialog, Dialog::None);
    }

    #[test]
    fn a_move_to_no_member_in_particular_and_none_at_all() {
        let mut app = app();
        let up = KeyCode::Up;
        let action = type_keys(&mut app, &[DOWN, M, up, up, up, ENTER]);
        assert!(matches!(action, Some(Action::Order(Order::Move(order, _))) if order.to == 0));
        assert_eq!(type_keys(&mut app, &[M, KeyCode::Esc]), None);
        assert_eq!(app.dialog, Dialog::None);
    }

    #[test]
    fn a_redistribution_is_asked_for() {
        let mut app = app();
        let r = KeyCode::Char('r');
        assert_eq!(type_keys(&mut app, &[r, KeyCode::Char('x')]), None);
        assert_eq!(app.dialog, Dialog::Redistribute);
        let action = type_keys(&mut app, &[KeyCode::Char('y')]);
        let order = Order::Redistribute(5, "team0".into());
        assert_eq!(action, Some(Action::Order(order)));
        assert_eq!(type_keys(&mut app, &[r, KeyCode::Char('n')]), None);
        assert_eq!(app.dialog, Dialog::None);
    }

    #[test]
    fn a_filter_is_typed_and_q_belongs_to_it() {
        let mut app = app();
        let keys = ['/', 'q', 'x'].map(KeyCode::Char);
        assert_eq!(type_keys(&mut app, &keys), None);
        type_keys(&mut app, &[KeyCode::Backspace, ENTER]);
        assert_eq!(app.filter, "q");
        type_keys(
            &mut app,
            &[KeyCode::Char('/'), KeyCode::Char('y'), KeyCode::Esc],
        );
        assert_eq!(app.filter, "q");
        type_keys(&mut app, &[KeyCode::Esc]);
        assert_eq!(app.filter, "");
    }

    #[test]
    fn sorting_pause_and_end() {
        let mut app = app();
        let pause = KeyCode::Char('p');
        assert_eq!(type_keys(&mut app, &[KeyCode::Char('s'), pause]), None);
        assert_eq!((app.sort, app.paused), (Sort::Name, true));
        assert_eq!(type_keys(&mut app, &[pause]), Some(Action::Look));
        let quit = type_keys(&mut app, &[KeyCode::Char('q')]);
        assert_eq!(quit, Some(Action::Quit));
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        app.dialog = Dialog::Help;
        assert_eq!(press(&mut app, interrupt), Some(Action::Quit));
    }

    /// Any keys in any order, also with nothing to show.
    #[test]
    fn no_keys_panic() {
        let keys: Vec<_> = "mqsr/p?hfjknyx \u{fc}"
            .chars()
            .map(KeyCode::Char)
            .chain([DOWN, ENTER, KeyCode::Up, KeyCode::Esc, KeyCode::Tab])
            .chain([
                KeyCode::Home,
                KeyCode::End,
                KeyCode::PageUp,
                KeyCode::PageDown,
            ])
            .chain([KeyCode::Backspace, KeyCode::F(1), KeyCode::Null])
            .collect();
        for empty in [true, false] {
            let mut app = app();
            if empty {
                app.snapshot = Default::default();
            }
            let mut state = 1u32;
            for _ in 0..20_000 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let key = keys[(state >> 16) as usize % keys.len()];
                type_keys(&mut app, &[key]);
            }
        }
    }
}
