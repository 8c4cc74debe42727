// SPDX-License-Identifier: GPL-2.0

//! Netlink attributes: policies, reading a request, writing an answer.
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h)

use super::{
    bindings,
    errno,
    extack::ExtAck, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use kernel::{
    error::to_result,
    prelude::*, //
};

/// What an attribute must be; checked by the core before a driver sees it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Policy(bindings::nla_policy);

/// The number of the last attribute that the core looks at for a kind of link; `RTNL_MAX_TYPE` of
/// net/core/rtnetlink.c.
const LAST_ATTR: usize = 50;

/// What the attributes of a kind of link must be, by number.
pub(crate) type PolicyTable = [Policy; LAST_ATTR + 1];

/// Everything that the core can check, as for a new family: `NL_VALIDATE_STRICT`.
const VALIDATE_STRICT: u32 = bindings::netlink_validation_NL_VALIDATE_TRAILING
    | bindings::netlink_validation_NL_VALIDATE_MAXTYPE
    | bindings::netlink_validation_NL_VALIDATE_UNSPEC
    | bindings::netlink_validation_NL_VALIDATE_STRICT_ATTRS
    | bindings::netlink_validation_NL_VALIDATE_NESTED;

/// A table of the attributes from number 1 on; others that the core looks at are refused, as are
/// such of a wrong length.
pub(crate) const fn policy_table<const N: usize>(of: [Policy; N]) -> PolicyTable {
    let mut table = [Policy::REJECT; LAST_ATTR + 1];
    let mut index = 0;
    while index < N {
        table[index + 1] = of[index];
        index += 1;
    }
    table[0] = Policy::STRICT;
    table
}

// SAFETY: a constant; the pointers in it are to constants.
unsafe impl Sync for Policy {}

impl Policy {
    /// The attribute is refused: unused, or read only.
    pub(crate) const REJECT: Self = Self::new(bindings::NLA_REJECT, 0, [0, 0]);

    /// In the place of number 0 of a table, which no attribute has: all are parsed strictly.
    pub(crate) const STRICT: Self = {
        let mut first = Self::new(0, 0, [0, 0]);
        first.0.__bindgen_anon_1.strict_start_type = 1;
        first
    };

    /// Attributes that are as `table` says, which begins with number 0.
    pub(crate) const fn nest(table: &'static [Policy]) -> Self {
        let mut policy = Self::new(bindings::NLA_NESTED, 0, [0, 0]);
        policy.0.len = table.len().saturating_sub(1) as u16;
        policy.0.__bindgen_anon_1.nested_policy = table.as_ptr().cast();
        policy
    }

    const fn new(kind: u32, validation: u32, range: [i16; 2]) -> Self {
        // SAFETY: all zeroes is a policy that accepts anything.
        let mut policy: bindings::nla_policy = unsafe { core::mem::zeroed() };
        policy.type_ = kind as u8;
        policy.validation_type = validation as u8;
        if validation != 0 {
            policy.__bindgen_anon_1.__bindgen_anon_1 =
                bindings::nla_policy__bindgen_ty_1__bindgen_ty_1 {
                    min: range[0],
                    max: range[1],
                };
        }
        Self(policy)
    }

    /// A `u8` of `min` to `max`.
    pub(crate) const fn u8_range(min: i16, max: i16) -> Self {
        Self::new(
            bindings::NLA_U8,
            bindings::nla_policy_validation_NLA_VALIDATE_RANGE,
            [min, max],
        )
    }

    /// A `u16` of `min` to `max`.
    pub(crate) const fn u16_range(min: i16, max: i16) -> Self {
        Self::new(
            bindings::NLA_U16,
            bindings::nla_policy_validation_NLA_VALIDATE_RANGE,
            [min, max],
        )
    }

    /// A `u32` of `min` to `max`.
    pub(crate) const fn u32_range(min: i16, max: i16) -> Self {
        Self::new(
            bindings::NLA_U32,
            bindings::nla_policy_validation_NLA_VALIDATE_RANGE,
            [min, max],
        )
    }

    /// Any `u32`.
    pub(crate) const fn u32() -> Self {
        Self::new(bindings::NLA_U32, 0, [0, 0])
    }

    /// Any `u64`.
    pub(crate) const fn u64() -> Self {
        Self::new(bindings::NLA_U64, 0, [0, 0])
    }
}

/// An attribute of a request.
///
/// # Invariants
///
/// The pointer is to an attribute, within the message of a request, that its policy accepted; valid
/// for `'a` and for as long as the request's answer is being made.
#[derive(Clone, Copy)]
pub(crate) struct Attr<'a>(NonNull<bindings::nlattr>, PhantomData<&'a ()>);

impl Attr<'_> {
    /// # Safety
    ///
    /// As the type's invariants.
    pub(super) unsafe fn from_raw(attr: NonNull<bindings::nlattr>) -> Self {
        // INVARIANT: by the function's requirements.
        Self(attr, PhantomData)
    }

    pub(super) fn as_ptr(self) -> *const bindings::nlattr {
        self.0.as_ptr()
    }

    fn len(self) -> usize {
        // SAFETY: valid by the invariant.
        usize::try_from(unsafe { bindings::nla_len(self.0.as_ptr()) }).unwrap_or(0)
    }

    fn payload(self, len: usize) -> Option<NonNull<u8>> {
        (self.len() >= len).then_some(())?;
        // SAFETY: valid by the invariant.
        NonNull::new(unsafe { bindings::nla_data(self.0.as_ptr()) }.cast())
    }

    /// Its `u32`.
    pub(crate) fn u32(self) -> Option<u32> {
        let data = self.payload(4)?;
        // SAFETY: at least as long as asked; alignment is not relied upon.
        Some(unsafe { data.cast().read_unaligned() })
    }
}

/// The attributes of a request, by number; checked against the policy.
///
/// # Invariants
///
/// `table` is null, or points to `max + 1` pointers, each null or as an [`Attr`] has it; all valid
/// for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Attrs<'a> {
    table: *const *mut bindings::nlattr,
    max: usize,
    _loan: PhantomData<&'a ()>,
}

impl<'a> Attrs<'a> {
    /// No attributes.
    // INVARIANT: null.
    pub(crate) const NONE: Self = Self {
        table: core::ptr::null(),
        max: 0,
        _loan: PhantomData,
    };

    /// # Safety
    ///
    /// As the type's invariants, for the life of the value.
    pub(super) unsafe fn from_raw(table: *mut *mut bindings::nlattr, max: usize) -> Self {
        // INVARIANT: by the function's requirements.
        Self {
            table: table.cast_const(),
            max,
            _loan: PhantomData,
        }
    }

    /// The attribute, if it is there.
    pub(crate) fn attr(&self, attr: u32) -> Option<Attr<'a>> {
        let attr = usize::try_from(attr)
            .ok()
            .filter(|&attr| attr <= self.max)?;
        if self.table.is_null() {
            return None;
        }
        // SAFETY: in bounds by the check above.
        let nla = NonNull::new(unsafe { *self.table.add(attr) })?;
        // SAFETY: by the invariant.
        Some(unsafe { Attr::from_raw(nla) })
    }

    fn get(&self, attr: u32, len: usize) -> Option<NonNull<u8>> {
        self.attr(attr)?.payload(len)
    }

    /// Whether the attribute is there.
    pub(crate) fn has(&self, attr: u32) -> bool {
        self.attr(attr).is_some()
    }

    /// A `u8`.
    pub(crate) fn u8(&self, attr: u32) -> Option<u8> {
        self.octets(attr).map(u8::from_ne_bytes)
    }

    /// A `u16`.
    pub(crate) fn u16(&self, attr: u32) -> Option<u16> {
        self.octets(attr).map(u16::from_ne_bytes)
    }

    /// A `u32`.
    pub(crate) fn u32(&self, attr: u32) -> Option<u32> {
        self.octets(attr).map(u32::from_ne_bytes)
    }

    /// A `u64`.
    pub(crate) fn u64(&self, attr: u32) -> Option<u64> {
        self.octets(attr).map(u64::from_ne_bytes)
    }

    /// Octets of a fixed number.
    pub(crate) fn octets<const N: usize>(&self, attr: u32) -> Option<[u8; N]> {
        // SAFETY: at least as long as asked.
        self.get(attr, N).map(|data| unsafe { data.cast().read() })
    }

    /// The length in bytes of an attribute that is there.
    pub(crate) fn len_of(&self, attr: u32) -> Option<usize> {
        self.attr(attr).map(Attr::len)
    }

    /// The attributes in the nest `attr`, if it is there, by number; checked against `policy`.
    pub(crate) fn nest(
        &self,
        attr: u32,
        policy: &'static [Policy],
        extack: &mut ExtAck<'_>,
    ) -> Result<Option<Nest<'a>>> {
        let Some(nest) = self.attr(attr) else {
            return Ok(None);
        };
        let max = policy.len().saturating_sub(1);
        if max > LAST_ATTR {
            return Err(EINVAL);
        }
        let mut table = [core::ptr::null_mut(); LAST_ATTR + 1];
        // SAFETY: the table has room for `max + 1` pointers, as `policy` has entries; the payload
        // is as long as it says, by the invariant.
        to_result(unsafe {
            bindings::__nla_parse(
                table.as_mut_ptr(),
                max as i32,
                bindings::nla_data(nest.0.as_ptr()).cast(),
                bindings::nla_len(nest.0.as_ptr()),
                policy.as_ptr().cast(),
                VALIDATE_STRICT,
                extack.as_ptr(),
            )
        })?;
        // INVARIANT: `table` is what was parsed of `nest`.
        Ok(Some(Nest {
            table,
            max,
            _loan: PhantomData,
        }))
    }
}

/// The attributes in an attribute.
///
/// # Invariants
///
/// Of `table` the first `max + 1` pointers are null or as an [`Attr`] has it, for `'a`.
pub(crate) struct Nest<'a> {
    table: [*mut bindings::nlattr; LAST_ATTR + 1],
    max: usize,
    _loan: PhantomData<&'a ()>,
}

impl Nest<'_> {
    /// The attributes.
    pub(crate) fn attrs(&self) -> Attrs<'_> {
        // INVARIANT: by that of `self`, which is borrowed.
        Attrs {
            table: self.table.as_ptr(),
            max: self.max,
            _loan: PhantomData,
        }
    }
}

/// The bytes that an attribute with `payload` bytes takes in a message.
pub(crate) const fn attr_size(payload: usize) -> usize {
    size_of::<bindings::nlattr>()
        .saturating_add(payload)
        .saturating_add(3)
        & !3
}

/// The bytes that a `u64` takes, with what aligns it.
pub(crate) const fn u64_attr_size() -> usize {
    attr_size(8).saturating_add(attr_size(0))
}

/// A message that is being written.
///
/// # Invariants
///
/// The pointer is to a netlink message used by nobody else.
pub(crate) struct Message(NonNull<bindings::sk_buff>);

impl Message {
    /// # Safety
    ///
    /// `skb` is a netlink message used by nobody else for the life of the value.
    pub(super) unsafe fn from_raw(skb: *mut bindings::sk_buff) -> Result<Self> {
        // INVARIANT: by the function's requirements.
        NonNull::new(skb).map(Self).ok_or(EINVAL)
    }

    fn put(&mut self, attr: u32, payload: &[u8]) -> Result {
        let (kind, len) = (i32::try_from(attr)?, i32::try_from(payload.len())?);
        // SAFETY: ours by the invariant; reads `len` bytes of `payload`.
        to_result(unsafe { bindings::nla_put(self.0.as_ptr(), kind, len, payload.as_ptr().cast()) })
    }

    /// Adds a `u8`; `EMSGSIZE` if there is no room.
    pub(crate) fn put_u8(&mut self, attr: u32, value: u8) -> Result {
        self.put(attr, &[value])
    }

    /// Adds a `u16`; `EMSGSIZE` if there is no room.
    pub(crate) fn put_u16(&mut self, attr: u32, value: u16) -> Result {
        self.put(attr, &value.to_ne_bytes())
    }

    /// Adds a `u32`; `EMSGSIZE` if there is no room.
    pub(crate) fn put_u32(&mut self, attr: u32, value: u32) -> Result {
        self.put(attr, &value.to_ne_bytes())
    }

    /// Adds a `u64`, aligned by an attribute `pad`; `EMSGSIZE` if there is no room.
    pub(crate) fn put_u64(&mut self, attr: u32, value: u64, pad: u32) -> Result {
        let (kind, pad) = (i32::try_from(attr)?, i32::try_from(pad)?);
        // SAFETY: ours by the invariant.
        to_result(unsafe { bindings::nla_put_u64_64bit(self.0.as_ptr(), kind, value, pad) })
    }

    /// Adds an `i32`; `EMSGSIZE` if there is no room.
    pub(crate) fn put_i32(&mut self, attr: u32, value: i32) -> Result {
        self.put(attr, &value.to_ne_bytes())
    }

    /// Adds a number in as many bytes as it needs (`uint`); `EMSGSIZE` if there is no room.
    pub(crate) fn put_uint(&mut self, attr: u32, value: u64) -> Result {
        match u32::try_from(value) {
            Ok(value) => self.put_u32(attr, value),
            Err(_) => self.put(attr, &value.to_ne_bytes()),
        }
    }

    /// Adds octets; `EMSGSIZE` if there is no room.
    pub(crate) fn put_octets(&mut self, attr: u32, octets: &[u8]) -> Result {
        self.put(attr, octets)
    }

    /// Adds a string; `EMSGSIZE` if there is no room.
    pub(crate) fn put_str(&mut self, attr: u32, text: &str) -> Result {
        let kind = i32::try_from(attr)?;
        let len = text.len().saturating_add(1);
        // SAFETY: ours by the invariant.
        let place = unsafe { bindings::nla_reserve(self.0.as_ptr(), kind, i32::try_from(len)?) };
        let place = NonNull::new(place).ok_or(errno::emsgsize())?;
        // SAFETY: an attribute with room for `len` octets was just made.
        unsafe {
            let data = bindings::nla_data(place.as_ptr()).cast::<u8>();
            core::ptr::copy_nonoverlapping(text.as_ptr(), data, text.len());
            data.add(text.len()).write(0);
        }
        Ok(())
    }

    /// Adds a nest of what `fill` adds. If that fails, nothing is added.
    pub(crate) fn put_nest(&mut self, attr: u32, fill: impl FnOnce(&mut Self) -> Result) -> Result {
        // SAFETY: ours by the invariant.
        let start = unsafe { bindings::nla_nest_start(self.0.as_ptr(), i32::try_from(attr)?) };
        let start = NonNull::new(start).ok_or(errno::emsgsize())?;
        let result = fill(self);
        // SAFETY: ours by the invariant; `start` was begun in it, and what `fill` began has ended.
        unsafe {
            match result {
                Ok(()) => {
                    bindings::nla_nest_end(self.0.as_ptr(), start.as_ptr());
                }
                Err(_) => bindings::nla_nest_cancel(self.0.as_ptr(), start.as_ptr()),
            }
        }
        result
    }
}

#[cfg(net_kunit)]
#[kunit_tests(vnicteam_net_netlink)]
mod tests {
    use super::*;
    use core::ptr;

    /// One attribute as it stands in a message.
    #[repr(C, align(4))]
    struct Attr {
        len: u16,
        kind: u16,
        payload: [u8; 8],
    }

    impl Attr {
        fn new(payload_len: u16) -> Self {
            Self {
                len: payload_len + 4,
                kind: 1,
                payload: [1, 2, 3, 4, 5, 6, 7, 8],
            }
        }

        fn raw(&mut self) -> *mut bindings::nlattr {
            ptr::from_mut(self).cast()
        }
    }

    #[test]
    fn attributes_are_read_if_they_are_long_enough() {
        let (mut octet, mut word, mut empty) = (Attr::new(1), Attr::new(4), Attr::new(0));
        let mut table = [ptr::null_mut(), octet.raw(), word.raw(), empty.raw()];
        // SAFETY: four places, with valid attributes that live longer than this.
        let attrs = unsafe { Attrs::from_raw(table.as_mut_ptr(), 3) };
        assert_eq!(attrs.u8(1), Some(1));
        assert_eq!(attrs.u32(1), None);
        assert_eq!(attrs.u32(2), Some(u32::from_ne_bytes([1, 2, 3, 4])));
        assert_eq!(attrs.octets::<3>(2), Some([1, 2, 3]));
        assert_eq!(attrs.octets::<6>(2), None);
        assert_eq!(attrs.len_of(2), Some(4));
        assert!(attrs.has(3));
        assert_eq!(attrs.u8(3), None);
        assert_eq!(attrs.len_of(3), Some(0));
    }

    #[test]
    fn what_is_not_there_is_none() {
        let mut table = [ptr::null_mut(); 2];
        // SAFETY: two places without attributes.
        let attrs = unsafe { Attrs::from_raw(table.as_mut_ptr(), 1) };
        // SAFETY: no table is one without attributes.
        let none = unsafe { Attrs::from_raw(ptr::null_mut(), 1) };
        for (attrs, number) in [
            (attrs, 0),
            (attrs, 1),
            (attrs, 2),
            (attrs, u32::MAX),
            (none, 1),
        ] {
            assert!(!attrs.has(number));
            assert_eq!(attrs.u8(number), None);
            assert_eq!(attrs.len_of(number), None);
        }
    }

    #[test]
    fn a_table_refuses_what_it_does_not_name() {
        let table = policy_table([Policy::u32(), Policy::u8_range(1, 9)]);
        let kind = |number: usize| u32::from(table[number].0.type_);
        assert_eq!(kind(1), bindings::NLA_U32);
        assert_eq!(kind(2), bindings::NLA_U8);
        assert!((3..table.len()).all(|number| kind(number) == bindings::NLA_REJECT));
        // SAFETY: the variant that place 0 has.
        assert_eq!(unsafe { table[0].0.__bindgen_anon_1.strict_start_type }, 1);
        // SAFETY: the variant of a range.
        let range = unsafe { table[2].0.__bindgen_anon_1.__bindgen_anon_1 };
        assert_eq!((range.min, range.max), (1, 9));
    }

    #[test]
    fn sizes_are_padded() {
        assert_eq!((attr_size(0), attr_size(1), attr_size(4)), (4, 8, 8));
        assert_eq!(attr_size(5), 12);
        assert_eq!(u64_attr_size(), 16);
    }
}
