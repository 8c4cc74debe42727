// SPDX-License-Identifier: GPL-2.0

//! The order in which endpoints take their next steps.
//!
//! Four first-in-first-out lists through the entries themselves, so that finding the next one
//! costs the same for 1,016 endpoints as for one. An entry is in one list at most. Called by
//! `Engine` only; knows nothing of mappings.

use super::entry::Entry;
use crate::logic::limits::Slot;

/// What endpoints wait for, the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// An unplanned switch: traffic stands still until it is done.
    Urgent,
    /// Another step that is due at once.
    Ready,
    /// The end of the settle time.
    Settling,
    /// The end of the grace period.
    Grace,
}

/// An entry's place in a list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Link {
    line: Option<Line>,
    prev: Option<Slot>,
    next: Option<Slot>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    head: Option<Slot>,
    tail: Option<Slot>,
}

/// The lists.
#[derive(Debug, Default)]
pub(super) struct Queues {
    urgent: Ends,
    ready: Ends,
    settling: Ends,
    grace: Ends,
}

fn link_mut(entries: &mut [Entry], slot: Slot) -> Option<&mut Link> {
    entries.get_mut(slot.index()).map(|entry| &mut entry.link)
}

impl Queues {
    const fn ends(&self, line: Line) -> &Ends {
        match line {
            Line::Urgent => &self.urgent,
            Line::Ready => &self.ready,
            Line::Settling => &self.settling,
            Line::Grace => &self.grace,
        }
    }

    fn ends_mut(&mut self, line: Line) -> &mut Ends {
        match line {
            Line::Urgent => &mut self.urgent,
            Line::Ready => &mut self.ready,
            Line::Settling => &mut self.settling,
            Line::Grace => &mut self.grace,
        }
    }

    /// The endpoint that has waited longest in `line`.
    pub(super) const fn front(&self, line: Line) -> Option<Slot> {
        self.ends(line).head
    }

    /// Makes `slot` wait in `line`, behind all others unless it waits there already.
    pub(super) fn put(&mut self, entries: &mut [Entry], slot: Slot, line: Option<Line>) {
        let Some(entry) = entries.get(slot.index()) else {
            return;
        };
        if entry.link.line == line {
            return;
        }
        self.take(entries, slot);
        if let Some(line) = line {
            self.append(entries, slot, line);
        }
    }

    /// Takes `slot` out of the list it is in, if any.
    pub(super) fn take(&mut self, entries: &mut [Entry], slot: Slot) {
        let Some(link) = link_mut(entries, slot) else {
            return;
        };
        let Link { line, prev, next } = *link;
        *link = Link::default();
        let Some(line) = line else {
            return;
        };
        match prev.and_then(|prev| link_mut(entries, prev)) {
            Some(link) => link.next = next,
            None => self.ends_mut(line).head = next,
        }
        match next.and_then(|next| link_mut(entries, next)) {
            Some(link) => link.prev = prev,
            None => self.ends_mut(line).tail = prev,
        }
    }

    fn append(&mut self, entries: &mut [Entry], slot: Slot, line: Line) {
        let ends = self.ends_mut(line);
        let prev = ends.tail;
        ends.tail = Some(slot);
        let mut earliest_ns = 0;
        match prev.and_then(|prev| entries.get_mut(prev.index())) {
            Some(last) => {
                last.link.next = Some(slot);
                earliest_ns = last.since_ns;
            }
            None => ends.head = Some(slot),
        }
        if let Some(entry) = entries.get_mut(slot.index()) {
            entry.link = Link {
                line: Some(line),
                prev,
                next: None,
            };
            // An entry that comes back to a timed list in the middle of its phase lines up at the
            // end. Its phase lasts a little longer for that; the list stays sorted by time.
            if matches!(line, Line::Settling | Line::Grace) {
                entry.since_ns = entry.since_ns.max(earliest_ns);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn slot(index: usize) -> Slot {
        Slot::from_index(index).unwrap()
    }

    /// Empties a list from its front.
    fn order(queues: &mut Queues, entries: &mut [Entry], line: Line) -> Vec<usize> {
        let mut seen = Vec::new();
        while let Some(slot) = queues.front(line) {
            seen.push(slot.index());
            queues.take(entries, slot);
        }
        seen
    }

    #[test]
    fn first_in_first_out() {
        for gone in 0..4 {
            let mut entries = [Entry::default(); 4];
            let mut queues = Queues::default();
            for index in [2, 0, 3, 1] {
                queues.put(&mut entries, slot(index), Some(Line::Ready));
            }
            // Who waits already does not lose its place.
            queues.put(&mut entries, slot(2), Some(Line::Ready));
            queues.put(&mut entries, slot(gone), Some(Line::Urgent));
            queues.take(&mut entries, slot(gone));
            queues.take(&mut entries, slot(gone));
            let mut wanted = std::vec![2, 0, 3, 1];
            wanted.retain(|&index| index != gone);
            assert_eq!(order(&mut queues, &mut entries, Line::Ready), wanted);
            assert_eq!(queues.front(Line::Urgent), None);
            // A list that was emptied is as good as new.
            queues.put(&mut entries, slot(gone), Some(Line::Ready));
            assert_eq!(order(&mut queues, &mut entries, Line::Ready), [gone]);
        }
    }

    #[test]
    fn timed_lists_stay_sorted() {
        let mut entries = [Entry::default(); 3];
        let mut queues = Queues::default();
        for (index, since_ns) in [(0, 50), (1, 20), (2, 70)] {
            entries[index].since_ns = since_ns;
            queues.put(&mut entries, slot(index), Some(Line::Grace));
        }
        assert_eq!(entries.map(|entry| entry.since_ns), [50, 50, 70]);
        assert_eq!(order(&mut queues, &mut entries, Line::Grace), [0, 1, 2]);
    }

    #[test]
    fn slots_beyond_the_storage_do_not_wait() {
        let mut entries = [Entry::default(); 1];
        let mut queues = Queues::default();
        queues.put(&mut entries, slot(1), Some(Line::Urgent));
        queues.take(&mut entries, slot(1));
        assert_eq!(queues.front(Line::Urgent), None);
    }
}
