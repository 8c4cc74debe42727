// SPDX-License-Identifier: GPL-2.0

//! The extended acknowledgement: the sentence that an administrator reads when a request is
//! refused.
//!
//! C header: [`include/linux/netlink.h`](srctree/include/linux/netlink.h)

use super::{
    bindings,
    netlink::Attr, //
};
use core::{
    fmt::Write,
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    prelude::*,
    str::CStr, //
};

/// Where the reason of a refusal is put; requests by ioctl have no place for one.
///
/// # Invariants
///
/// The pointer, if any, is valid and used by nobody else for `'a`.
pub(crate) struct ExtAck<'a> {
    raw: Option<NonNull<bindings::netlink_ext_ack>>,
    _loan: PhantomData<&'a mut ()>,
}

impl ExtAck<'_> {
    /// # Safety
    ///
    /// `raw` is null, or valid and used by nobody else for the life of the value.
    pub(super) unsafe fn from_raw(raw: *mut bindings::netlink_ext_ack) -> Self {
        // INVARIANT: by the function's requirements.
        Self {
            raw: NonNull::new(raw),
            _loan: PhantomData,
        }
    }

    pub(super) fn as_ptr(&mut self) -> *mut bindings::netlink_ext_ack {
        self.raw.map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    /// Says which attribute of the request it is that is about to be refused, if one is.
    pub(crate) fn blame(&mut self, attr: Option<Attr<'_>>) -> &mut Self {
        if let (Some(raw), Some(attr)) = (self.raw, attr) {
            // SAFETY: valid by the invariant; the attribute outlives the answer, by its own.
            unsafe { (*raw.as_ptr()).bad_attr = attr.as_ptr() };
        }
        self
    }

    /// Says that the request lacks the attribute of number `attr`, with a constant reason, and
    /// returns the error to be passed on.
    pub(crate) fn missing(&mut self, attr: u32, why: &'static CStr) -> Error {
        if let Some(raw) = self.raw {
            // SAFETY: valid by the invariant.
            unsafe { (*raw.as_ptr()).miss_type = attr as u16 };
        }
        self.refuse(EINVAL, why)
    }

    /// Gives a constant reason and returns `error` to be passed on.
    pub(crate) fn refuse(&mut self, error: Error, why: &'static CStr) -> Error {
        if let Some(raw) = self.raw {
            // SAFETY: valid by the invariant; a constant outlives the message.
            unsafe { (*raw.as_ptr())._msg = why.as_char_ptr().cast() };
        }
        error
    }

    /// Gives a reason made of arguments (at most 79 octets, the rest is cut off) and returns
    /// `error` to be passed on.
    pub(crate) fn refuse_fmt(&mut self, error: Error, why: core::fmt::Arguments<'_>) -> Error {
        if let Some(raw) = self.raw {
            // SAFETY: valid by the invariant, and used by nobody else.
            let buf = unsafe { &mut (*raw.as_ptr())._msg_buf };
            let mut text = Text { buf, len: 0 };
            // Cut off is the only way in which writing ends early.
            let _ = text.write_fmt(why);
            let len = text.len;
            if let Some(end) = buf.get_mut(len) {
                *end = 0;
            }
            let start = buf.as_ptr();
            // SAFETY: as above; the buffer lives as long as the message and ends in a zero.
            unsafe { (*raw.as_ptr())._msg = start };
        }
        error
    }
}

/// Writes into a buffer of C and leaves room for the closing zero.
struct Text<'a> {
    buf: &'a mut [u8],
    len: usize,
}

impl Write for Text<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        // The last place is for the zero.
        let room = self.buf.len().saturating_sub(1);
        for &octet in s.as_bytes() {
            let place = self
                .buf
                .get_mut(..room)
                .and_then(|buf| buf.get_mut(self.len));
            *place.ok_or(core::fmt::Error)? = octet;
            self.len = self.len.saturating_add(1);
        }
        Ok(())
    }
}

#[cfg(net_kunit)]
#[kunit_tests(vnicteam_net_extack)]
mod tests {
    use super::*;

    /// What an administrator would read after `refuse`, and whether the error was passed on.
    fn said(refuse: impl FnOnce(&mut ExtAck<'_>) -> Error) -> ([u8; 80], usize, bool) {
        let mut raw = bindings::netlink_ext_ack::default();
        // SAFETY: `raw` is used by nobody else until after the last use of this.
        let error = refuse(&mut unsafe { ExtAck::from_raw(&mut raw) });
        let mut text = [0xff; 80];
        let mut len = 0;
        while len < text.len() {
            // SAFETY: every reason ends in a zero, before which this ends.
            text[len] = unsafe { raw._msg.add(len).cast::<u8>().read() };
            if text[len] == 0 {
                break;
            }
            len += 1;
        }
        (text, len, error == EBUSY)
    }

    #[test]
    fn a_reason_is_passed_on() {
        let (text, len, passed) = said(|extack| extack.refuse(EBUSY, c"is busy"));
        assert!(passed && &text[..len] == b"is busy");
        let (text, len, passed) =
            said(|extack| extack.refuse_fmt(EBUSY, format_args!("eth{} is busy", 7)));
        assert!(passed && &text[..len] == b"eth7 is busy");
    }

    #[test]
    fn a_long_reason_is_cut_off_and_ends() {
        let (text, len, _) = said(|extack| extack.refuse_fmt(EBUSY, format_args!("{:x>200}", "")));
        assert_eq!(len, 79);
        assert!(text[..79].iter().all(|&octet| octet == b'x'));
    }

    #[test]
    fn requests_without_a_place_for_it_are_refused_all_the_same() {
        // SAFETY: there is none.
        let mut none = unsafe { ExtAck::from_raw(core::ptr::null_mut()) };
        assert!(none.refuse(EBUSY, c"is busy") == EBUSY);
        assert!(none.refuse_fmt(EBUSY, format_args!("{}", 1)) == EBUSY);
    }
}
