// SPDX-License-Identifier: GPL-2.0

//! A packet, `struct sk_buff`.
//!
//! An owned [`SkBuff`] ends in exactly one of [`SkBuff::transmit`], [`SkBuff::receive`],
//! [`SkBuff::forward`], [`SkBuff::consume`] and [`SkBuff::discard`]; each discard names its reason. One that is
//! forgotten does not build.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use super::{
    addr::MacAddr,
    bindings,
    netdev::NetDevice,
    rcu::Rcu, //
};
use core::{
    mem::ManuallyDrop,
    ptr::{
        self,
        NonNull, //
    },
    sync::atomic::{
        AtomicI32,
        Ordering, //
    },
};
use kernel::{
    ffi,
    prelude::*, //
};

/// Why a packet is discarded; what `drop_monitor` and tracing show.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum DropReason {
    /// Shorter than an Ethernet header.
    TooSmall = bindings::skb_drop_reason_SKB_DROP_REASON_PKT_TOO_SMALL,
    /// The device is not up, or has no member to use.
    NotReady = bindings::skb_drop_reason_SKB_DROP_REASON_DEV_READY,
    /// Came back from the network to where it was sent from.
    OwnAddress = bindings::skb_drop_reason_SKB_DROP_REASON_LOCAL_MAC,
    /// Too many wait already.
    NoRoom = bindings::skb_drop_reason_SKB_DROP_REASON_MACVLAN_BROADCAST_BACKLOG,
    /// No memory.
    NoMemory = bindings::skb_drop_reason_SKB_DROP_REASON_NOMEM,
    /// From an address that the sender does not have.
    Spoofed = bindings::skb_drop_reason_SKB_DROP_REASON_MAC_INVALID_SOURCE,
    /// Nobody here is to receive it.
    Unwanted = bindings::skb_drop_reason_SKB_DROP_REASON_TAP_FILTER,
}

/// Whom a received packet is for, as its destination address says.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum PacketType {
    /// This host.
    Host = bindings::PACKET_HOST as u8,
    /// All hosts.
    Broadcast = bindings::PACKET_BROADCAST as u8,
    /// A group of hosts.
    Multicast = bindings::PACKET_MULTICAST as u8,
    /// Another host; seen by a promiscuous device.
    OtherHost = bindings::PACKET_OTHERHOST as u8,
}

/// The destination and source addresses at the start of an Ethernet frame, in two registers.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    /// The first eight octets, the first one lowest.
    first: u64,
    /// The last four.
    last: u32,
}

impl Addresses {
    /// # Safety
    ///
    /// `header` is that of an Ethernet frame.
    #[inline(always)]
    unsafe fn read(header: *const u8) -> Self {
        // SAFETY: by the function's requirements twelve octets can be read.
        let (first, last) = unsafe {
            (
                header.cast::<u64>().read_unaligned(),
                header.add(8).cast::<u32>().read_unaligned(),
            )
        };
        Self {
            first: u64::from_le(first),
            last: u32::from_le(last),
        }
    }

    /// To whom.
    #[inline(always)]
    pub(crate) fn dest(self) -> MacAddr {
        let [a, b, c, d, e, f, _, _] = self.first.to_le_bytes();
        [a, b, c, d, e, f]
    }

    /// From whom.
    #[inline(always)]
    pub(crate) fn source(self) -> MacAddr {
        let source = self.first >> 48 | u64::from(self.last) << 16;
        let [a, b, c, d, e, f, _, _] = source.to_le_bytes();
        [a, b, c, d, e, f]
    }
}

/// The length of an Ethernet header in bytes.
pub(crate) const ETH_HLEN: u32 = 14;

/// A packet that is owned.
///
/// # Invariants
///
/// The pointer is to a live `sk_buff`, of which this value owns a reference.
#[must_use]
pub(crate) struct SkBuff(NonNull<bindings::sk_buff>);

// SAFETY: a packet belongs to no thread.
unsafe impl Send for SkBuff {}

impl SkBuff {
    /// # Safety
    ///
    /// `skb` is live, and the caller hands its reference over.
    #[inline(always)]
    pub(super) unsafe fn from_raw(skb: NonNull<bindings::sk_buff>) -> Self {
        // INVARIANT: by the function's requirements.
        Self(skb)
    }

    /// The packet as C knows it; the reference is handed on.
    #[inline(always)]
    pub(super) fn into_raw(self) -> *mut bindings::sk_buff {
        ManuallyDrop::new(self).0.as_ptr()
    }

    #[inline(always)]
    fn raw(&self) -> *mut bindings::sk_buff {
        self.0.as_ptr()
    }

    /// Makes a packet of `frame`, an Ethernet frame, to be transmitted on `dev`.
    ///
    /// `None` if there is no memory. Any context.
    pub(crate) fn from_frame(frame: &[u8], dev: &NetDevice) -> Option<Self> {
        let len = u32::try_from(frame.len()).ok()?;
        let proto = frame.get(12..14)?;
        // SAFETY: live.
        let skb = NonNull::new(unsafe { bindings::netdev_alloc_skb(dev.as_ptr(), len) })?;
        let raw = skb.as_ptr();
        // SAFETY: a new packet of ours with room for `len` bytes.
        unsafe {
            bindings::skb_put_data(raw, frame.as_ptr().cast(), len);
            bindings::skb_reset_mac_header(raw);
        }
        let proto = u16::from_ne_bytes(proto.try_into().ok()?);
        // SAFETY: ours; taps and queues look at these.
        unsafe {
            bindings::skb_set_protocol(raw, proto);
            bindings::skb_set_network_header(raw, ETH_HLEN as i32);
            bindings::skb_set_priority(raw, bindings::TC_PRIO_CONTROL);
        }
        // INVARIANT: new, and ours.
        Some(Self(skb))
    }

    /// The length in bytes, from where the packet's data starts now.
    #[inline(always)]
    pub(crate) fn len(&self) -> u32 {
        // SAFETY: live by the invariant.
        unsafe { (*self.raw()).len }
    }

    /// The addresses of a packet on its way out, whose data starts at its Ethernet header.
    /// `None` if it is shorter than one.
    #[inline(always)]
    pub(crate) fn tx_addresses(&self) -> Option<Addresses> {
        // SAFETY: live by the invariant; plain fields.
        let (len, data_len) = unsafe { ((*self.raw()).len, (*self.raw()).data_len) };
        if len.wrapping_sub(data_len) < ETH_HLEN {
            // SAFETY: live, and nobody holds a pointer into its data.
            if !unsafe { bindings::pskb_may_pull(self.raw(), ETH_HLEN) } {
                return None;
            }
        }
        // SAFETY: at least a header is in the linear part, which starts at `data`.
        Some(unsafe { Addresses::read((*self.raw()).data) })
    }

    /// The addresses of a packet that was received by an Ethernet device.
    #[inline(always)]
    pub(crate) fn rx_addresses(&self) -> Addresses {
        // SAFETY: `eth_type_trans` took a whole header off the linear part before the packet came
        // here, and it still is in front of the data, at `mac_header` of the buffer.
        unsafe {
            let header = usize::from((*headers(self.raw())).mac_header);
            Addresses::read((*self.raw()).head.add(header))
        }
    }

    /// The first bytes of a received packet's data, after its Ethernet header: as many as `buf`
    /// takes or the packet has, wherever they lie.
    pub(crate) fn peek<'a>(&self, buf: &'a mut [u8]) -> &'a [u8] {
        let wanted = buf.len().min(self.len() as usize);
        let Some(head) = buf.get_mut(..wanted) else {
            return &[];
        };
        // SAFETY: live by the invariant, with at least that many bytes; writes those of `head`.
        let result = unsafe {
            bindings::skb_copy_bits(self.raw(), 0, head.as_mut_ptr().cast(), wanted as i32)
        };
        if result == 0 {
            head
        } else {
            &[]
        }
    }

    /// Forgets everything that the packet refers to (route, socket, mark, connection) as for
    /// another namespace, and makes it one of `dev`.
    pub(crate) fn detach(&mut self, dev: &NetDevice) {
        // SAFETY: live and ours alone.
        unsafe {
            bindings::skb_scrub_packet(self.raw(), true);
            set_dev(self.raw(), dev);
        }
    }

    /// Notes a number on the packet, which stays there for as long as nobody else has it.
    pub(crate) fn set_note(&mut self, note: u32) {
        // SAFETY: live and ours; its control block is the owner's, aligned and large enough.
        unsafe { (&raw mut (*self.raw()).cb).cast::<u32>().write(note) };
    }

    /// The number that was noted.
    pub(crate) fn note(&self) -> u32 {
        // SAFETY: as above; any number is valid.
        unsafe { (&raw const (*self.raw()).cb).cast::<u32>().read() }
    }

    /// Whether the packet has a VLAN tag beside its data.
    #[inline(always)]
    pub(crate) fn has_vlan_tag(&self) -> bool {
        // SAFETY: live by the invariant; a plain field.
        unsafe { (*headers(self.raw())).__bindgen_anon_2.vlan_all != 0 }
    }

    /// The id of the 802.1Q VLAN that a received packet is in, or 0: its tag, if it has one, is
    /// beside its data.
    #[inline(always)]
    pub(crate) fn rx_vlan_id(&self) -> u16 {
        // SAFETY: live by the invariant; plain fields, one over the other.
        let (all, proto, tci) = unsafe {
            let vlan = &raw const (*headers(self.raw())).__bindgen_anon_2;
            let parts = (*vlan).__bindgen_anon_1;
            ((*vlan).vlan_all, parts.vlan_proto, parts.vlan_tci)
        };
        if all == 0 || proto != VLAN_PROTO {
            return 0;
        }
        tci & VLAN_VID_MASK
    }

    /// The id of the 802.1Q VLAN that a packet on its way out is in, or 0: its tag may be in its
    /// data.
    pub(crate) fn tx_vlan_id(&self) -> u16 {
        // SAFETY: live by the invariant; plain fields.
        let (beside, proto) = unsafe {
            let headers = headers(self.raw());
            ((*headers).__bindgen_anon_2.vlan_all, (*headers).protocol)
        };
        if beside != 0 || proto != VLAN_PROTO {
            return self.rx_vlan_id();
        }
        let mut tci = [0; 2];
        // SAFETY: live by the invariant; writes two octets, if there are that many.
        let result = unsafe {
            bindings::skb_copy_bits(self.raw(), ETH_HLEN as i32, tci.as_mut_ptr().cast(), 2)
        };
        if result == 0 {
            u16::from_be_bytes(tci) & VLAN_VID_MASK
        } else {
            0
        }
    }

    /// Takes away the VLAN tag that a received packet has beside its data. The packet must be
    /// unshared.
    pub(crate) fn clear_vlan(&mut self) {
        // SAFETY: live and ours alone.
        unsafe { (*headers(self.raw())).__bindgen_anon_2.vlan_all = 0 };
    }

    /// Takes the outer VLAN tag off a packet on its way out. `None` if there is no memory; the
    /// packet is then discarded.
    pub(crate) fn pop_vlan(self) -> Option<Self> {
        // SAFETY: live, and its data starts at its Ethernet header.
        let result = unsafe {
            bindings::skb_reset_mac_header(self.raw());
            bindings::skb_vlan_pop(self.raw())
        };
        self.unless(result)
    }

    /// Puts an 802.1Q tag on a packet on its way out. `None` if there is no memory; the packet is
    /// then discarded.
    #[inline]
    pub(crate) fn push_vlan(self, vid: u16) -> Option<Self> {
        // SAFETY: live, and its data starts at its Ethernet header.
        let result = unsafe {
            bindings::skb_reset_mac_header(self.raw());
            bindings::skb_vlan_push(self.raw(), VLAN_PROTO, vid)
        };
        self.unless(result)
    }

    #[inline]
    fn unless(self, error: ffi::c_int) -> Option<Self> {
        if error == 0 {
            return Some(self);
        }
        self.discard(DropReason::NoMemory);
        None
    }

    /// The control information of the VLAN tag that the packet has beside its data, or 0.
    pub(crate) fn vlan_tag(&self) -> u16 {
        // SAFETY: live by the invariant.
        unsafe { bindings::skb_vlan_tag(self.raw()) }
    }

    /// Whether the packet was looped back by the core without a header.
    #[inline(always)]
    pub(crate) fn is_loopback(&self) -> bool {
        // SAFETY: live by the invariant; the octet is plain memory of the packet's head.
        let octet = unsafe { pkt_type(self.raw()).read() };
        octet & PKT_TYPE_MAX == bindings::PACKET_LOOPBACK as u8
    }

    /// A packet that nobody else holds: itself, or a copy of its head. `None` if there is no
    /// memory; the packet is then gone.
    #[inline(always)]
    pub(crate) fn unshare(self) -> Option<Self> {
        // SAFETY: live by the invariant; a `refcount_t` is an `atomic_t`, which is an `int`.
        let users = unsafe { AtomicI32::from_ptr((&raw mut (*self.raw()).users).cast()) };
        if users.load(Ordering::Acquire) == 1 {
            return Some(self);
        }
        self.unshared_copy()
    }

    #[cold]
    #[inline(never)]
    fn unshared_copy(self) -> Option<Self> {
        let copy = self.try_clone();
        self.consume();
        copy
    }

    /// Another packet with the same data. `None` if there is no memory. Any context.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        // SAFETY: live by the invariant.
        let skb = unsafe { bindings::skb_clone(self.raw(), kernel::bindings::GFP_ATOMIC) };
        // INVARIANT: new, and ours.
        NonNull::new(skb).map(Self)
    }

    /// Makes the packet one that `dev` received. The packet must be unshared.
    #[inline(always)]
    pub(crate) fn set_received_by(&mut self, dev: &NetDevice, kind: PacketType) {
        // SAFETY: live and ours alone; a device outlives the packets that RCU delivers to it.
        unsafe {
            set_dev(self.raw(), dev);
            let place = pkt_type(self.raw());
            place.write(place.read() & !PKT_TYPE_MAX | kind as u8);
        }
    }

    /// Hands the packet to the stack as one that `dev` received.
    pub(crate) fn receive(mut self, dev: &NetDevice, kind: PacketType, _rcu: &Rcu) {
        self.set_received_by(dev, kind);
        // SAFETY: softirq, with the reference handed over.
        unsafe { bindings::netif_receive_skb(self.into_raw()) };
    }

    /// Hands a packet on its way out to `dev`, on this host, as if the network had. Returns
    /// whether it was taken.
    pub(crate) fn forward(self, dev: &NetDevice, _rcu: &Rcu) -> bool {
        // SAFETY: live, and RCU keeps `dev`; the reference is handed over.
        (unsafe { bindings::dev_forward_skb(dev.as_ptr(), self.into_raw()) }) == 0
    }

    /// Hands the packet, whose data starts at its Ethernet header, to the queues of `dev`. Returns
    /// whether it was taken.
    #[inline(always)]
    pub(crate) fn transmit(self, dev: &NetDevice, _rcu: &Rcu) -> bool {
        let skb = self.into_raw();
        // SAFETY: live and ours alone; RCU keeps `dev`.
        unsafe { set_dev(skb, dev) };
        // SAFETY: the reference is handed over; BH is off or may be turned off.
        let status = unsafe { bindings::__dev_queue_xmit(skb, ptr::null_mut()) };
        // NET_XMIT_SUCCESS, or NET_XMIT_CN: taken, with a hint of congestion.
        status == 0 || status == 2
    }

    /// The packet has done its duty. Any context.
    pub(crate) fn consume(self) {
        // SAFETY: the reference is given up.
        unsafe { bindings::consume_skb(self.into_raw()) };
    }

    /// Gives the packet up, for `reason`. Any context.
    #[inline]
    pub(crate) fn discard(self, reason: DropReason) {
        // SAFETY: the reference is given up.
        unsafe { bindings::kfree_skb_reason(self.into_raw(), reason as u32) };
    }
}

impl Drop for SkBuff {
    #[inline(always)]
    fn drop(&mut self) {
        build_error!("a packet must be transmitted, received, forwarded or discarded");
    }
}

/// Packets in the order in which they were added.
///
/// # Invariants
///
/// `first` starts a chain of `len` packets, linked by their `next`, that are owned; `last` is the
/// end of it. Both are null if `len` is 0.
pub(crate) struct SkBuffList {
    first: *mut bindings::sk_buff,
    last: *mut bindings::sk_buff,
    len: usize,
}

// SAFETY: packets belong to no thread.
unsafe impl Send for SkBuffList {}

impl SkBuffList {
    /// No packets.
    pub(crate) const fn new() -> Self {
        // INVARIANT: nothing.
        Self {
            first: ptr::null_mut(),
            last: ptr::null_mut(),
            len: 0,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds a packet at the end. The packet must be unshared.
    pub(crate) fn push(&mut self, skb: SkBuff) {
        let skb = skb.into_raw();
        // SAFETY: owned and on no other list: `next` is ours.
        unsafe { (*links(skb)).next = ptr::null_mut() };
        if self.last.is_null() {
            self.first = skb;
        } else {
            // SAFETY: owned, and the end of the chain.
            unsafe { (*links(self.last)).next = skb };
        }
        // INVARIANT: one more at the end.
        self.last = skb;
        self.len = self.len.saturating_add(1);
    }

    /// Takes all packets out.
    pub(crate) fn take(&mut self) -> Self {
        core::mem::replace(self, Self::new())
    }

    /// Hands each packet to `f`, the first one first.
    pub(crate) fn for_each(mut self, mut f: impl FnMut(SkBuff)) {
        while let Some(skb) = self.pop() {
            f(skb);
        }
    }

    /// Takes the first packet out.
    pub(crate) fn pop(&mut self) -> Option<SkBuff> {
        let skb = NonNull::new(self.first)?;
        // SAFETY: owned, and the first of the chain.
        let next = unsafe { &mut (*links(skb.as_ptr())).next };
        // The core wants a packet that is on no list.
        self.first = core::mem::replace(next, ptr::null_mut());
        if self.first.is_null() {
            self.last = ptr::null_mut();
        }
        // INVARIANT: one less at the start, whose reference is handed on.
        self.len = self.len.saturating_sub(1);
        Some(SkBuff(skb))
    }
}

impl Drop for SkBuffList {
    fn drop(&mut self) {
        while let Some(skb) = self.pop() {
            skb.discard(DropReason::NotReady);
        }
    }
}

/// `ETH_P_8021Q` as a packet has it.
const VLAN_PROTO: u16 = (bindings::ETH_P_8021Q as u16).to_be();

/// The bits of a VLAN's id in the control information of a tag.
const VLAN_VID_MASK: u16 = 0x0fff;

/// The bits of `pkt_type` in their octet.
const PKT_TYPE_MAX: u8 = bindings::PKT_TYPE_MAX as u8;

/// The fields that are copied with a packet's head.
///
/// # Safety
///
/// `skb` is live.
#[inline(always)]
unsafe fn headers(
    skb: *mut bindings::sk_buff,
) -> *mut bindings::sk_buff__bindgen_ty_4__bindgen_ty_2 {
    // SAFETY: in bounds, by the function's requirements.
    unsafe { (&raw mut (*skb).__bindgen_anon_4.headers).cast() }
}

/// The octet with `pkt_type`, where `skbuff.h` marks it for those that do not know bit fields.
///
/// # Safety
///
/// `skb` is live.
#[inline(always)]
unsafe fn pkt_type(skb: *mut bindings::sk_buff) -> *mut u8 {
    // SAFETY: in bounds, by the function's requirements.
    unsafe { (&raw mut (*headers(skb)).__pkt_type_offset).cast() }
}

/// What a packet is linked with and belongs to.
///
/// # Safety
///
/// `skb` is live.
#[inline(always)]
unsafe fn links(skb: *mut bindings::sk_buff) -> *mut bindings::sk_buff__bindgen_ty_1__bindgen_ty_1 {
    // SAFETY: in bounds, by the function's requirements.
    unsafe { &raw mut (*skb).__bindgen_anon_1.__bindgen_anon_1 }
}

/// The device that a packet is of.
///
/// # Safety
///
/// `skb` is live, and on its way to or from a device.
#[inline(always)]
pub(super) unsafe fn dev(skb: *mut bindings::sk_buff) -> *mut bindings::net_device {
    // SAFETY: by the function's requirements.
    unsafe { (*links(skb)).__bindgen_anon_1.dev }
}

/// # Safety
///
/// `skb` is live and the caller's alone.
#[inline(always)]
unsafe fn set_dev(skb: *mut bindings::sk_buff, dev: &NetDevice) {
    // SAFETY: by the function's requirements.
    unsafe { (*links(skb)).__bindgen_anon_1.dev = dev.as_ptr() };
}
