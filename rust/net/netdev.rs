// SPDX-License-Identifier: GPL-2.0

//! A network device.
//!
//! C headers: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h),
//! [`include/linux/etherdevice.h`](srctree/include/linux/etherdevice.h)

use super::{
    addr::{
        self,
        MacAddr, //
    },
    bindings,
    compat::{
        ARef,
        AlwaysRefCounted, //
    },
    extack::ExtAck,
    netns::Net,
    rcu::Rcu,
    rtnl::Rtnl, //
};
use core::ptr::{
    self,
    NonNull, //
};
use kernel::{
    error::to_result,
    ffi,
    prelude::*,
    str::CStr,
    types::Opaque, //
};

/// Offload features; bits of `netdev_features_t`.
pub(crate) type Features = u64;

/// The features that this project names.
pub(crate) mod feature {
    use super::{
        bindings::*,
        Features, //
    };

    /// Everything that lets a large or unchecked packet go down to the NIC, which (or the core just
    /// before it) does the rest.
    pub(crate) const TX_OFFLOADS: Features = bit(NETIF_F_SG_BIT)
        | bit(NETIF_F_HW_CSUM_BIT)
        | bit(NETIF_F_FRAGLIST_BIT)
        | bit(NETIF_F_HIGHDMA_BIT)
        | GSO_SOFTWARE
        | bit(NETIF_F_GSO_PARTIAL_BIT)
        | bit(NETIF_F_GSO_GRE_BIT)
        | bit(NETIF_F_GSO_GRE_CSUM_BIT)
        | bit(NETIF_F_GSO_IPXIP4_BIT)
        | bit(NETIF_F_GSO_IPXIP6_BIT)
        | bit(NETIF_F_GSO_UDP_TUNNEL_BIT)
        | bit(NETIF_F_GSO_UDP_TUNNEL_CSUM_BIT)
        | bit(NETIF_F_SCTP_CRC_BIT);
    /// What the core can segment by itself.
    pub(crate) const GSO_SOFTWARE: Features = bit(NETIF_F_TSO_BIT)
        | bit(NETIF_F_TSO6_BIT)
        | bit(NETIF_F_TSO_ECN_BIT)
        | bit(NETIF_F_TSO_MANGLEID_BIT)
        | bit(NETIF_F_GSO_SCTP_BIT)
        | bit(NETIF_F_GSO_UDP_L4_BIT)
        | bit(NETIF_F_GSO_FRAGLIST_BIT);
    /// VLAN tags beside the packet on transmit.
    pub(crate) const VLAN_TX: Features =
        bit(NETIF_F_HW_VLAN_CTAG_TX_BIT) | bit(NETIF_F_HW_VLAN_STAG_TX_BIT);
    /// VLAN ids are told to the driver.
    pub(crate) const VLAN_FILTER: Features =
        bit(NETIF_F_HW_VLAN_CTAG_FILTER_BIT) | bit(NETIF_F_HW_VLAN_STAG_FILTER_BIT);

    const fn bit(n: u32) -> Features {
        1 << n
    }
}

/// Of the features that are `wanted`, those that a device over all of `lowers` can have.
pub(crate) fn combine_features<'a>(
    wanted: Features,
    mut lowers: impl Iterator<Item = &'a NetDevice>,
) -> Features {
    let Some(first) = lowers.next() else {
        return wanted;
    };
    // SAFETY: a computation.
    let add = |all, one: &NetDevice| unsafe {
        bindings::netdev_increment_features(all, one.features(), wanted)
    };
    // SAFETY: a computation.
    let base = unsafe { bindings::netdev_base_features(wanted) };
    let all = lowers.fold(add(base, first), add);
    // The core segments for a NIC that cannot, just before it.
    all | wanted & feature::GSO_SOFTWARE
}

/// A network device, `struct net_device`.
///
/// # Invariants
///
/// A shared reference is to an initialized `net_device` of which a reference is held, or that RCU
/// or RTNL keeps, for as long as the reference is.
#[repr(transparent)]
pub(crate) struct NetDevice(Opaque<bindings::net_device>);

// SAFETY: counted by the core, whose functions may be called on any thread.
unsafe impl Send for NetDevice {}
// SAFETY: what is offered by shared reference is atomic, or asks for RTNL.
unsafe impl Sync for NetDevice {}

// SAFETY: the core frees a device when the last of these references is gone.
unsafe impl AlwaysRefCounted for NetDevice {
    fn inc_ref(&self) {
        // SAFETY: live by the invariant.
        unsafe { bindings::dev_hold(self.as_ptr()) };
    }

    unsafe fn dec_ref(obj: NonNull<Self>) {
        // SAFETY: the caller gives up a reference that it owns.
        unsafe { bindings::dev_put(obj.as_ptr().cast()) };
    }
}

impl NetDevice {
    /// # Safety
    ///
    /// `dev` is a live `net_device` for `'a`.
    #[inline(always)]
    pub(super) unsafe fn from_raw<'a>(dev: *mut bindings::net_device) -> &'a Self {
        // INVARIANT: by the function's requirements.
        // SAFETY: transparent, and as above.
        unsafe { &*dev.cast() }
    }

    /// The device as C knows it.
    #[inline(always)]
    pub(super) fn as_ptr(&self) -> *mut bindings::net_device {
        self.0.get()
    }

    /// A counted reference.
    pub(crate) fn hold(&self) -> ARef<Self> {
        self.into()
    }

    /// Whether `other` is the same device.
    pub(crate) fn is(&self, other: &NetDevice) -> bool {
        ptr::eq(self, other)
    }

    /// The interface index; 0 before the device is registered.
    pub(crate) fn ifindex(&self) -> u32 {
        // SAFETY: live; the field changes only when the device enters a namespace.
        let index = unsafe { (&raw const (*self.as_ptr()).ifindex).read_volatile() };
        u32::try_from(index).unwrap_or(0)
    }

    /// The interface name, of at most 15 octets; for messages.
    pub(crate) fn name<'a>(&'a self, _rtnl: &'a Rtnl) -> &'a str {
        // SAFETY: live; a name changes under RTNL only.
        let name = unsafe { &(*self.as_ptr()).name };
        let name = name.split(|octet| *octet == 0).next().unwrap_or(&[]);
        core::str::from_utf8(name).unwrap_or("?")
    }

    /// `IFF_*` of the uapi.
    #[inline(always)]
    fn flags(&self) -> u32 {
        // SAFETY: live; a word that may change at any time.
        unsafe { (&raw const (*self.as_ptr()).flags).read_volatile() }
    }

    /// Bits of `enum netdev_state_t`.
    #[inline(always)]
    fn state(&self) -> usize {
        // SAFETY: live; a word that may change at any time.
        unsafe { (&raw const (*self.as_ptr()).state).read_volatile() }
    }

    /// Whether the administrator has it up.
    #[inline(always)]
    pub(crate) fn is_up(&self) -> bool {
        self.flags() & bindings::net_device_flags_IFF_UP != 0
    }

    /// Whether it is promiscuous.
    pub(crate) fn is_promisc(&self) -> bool {
        self.flags() & bindings::net_device_flags_IFF_PROMISC != 0
    }

    /// Whether it takes every multicast.
    pub(crate) fn is_allmulti(&self) -> bool {
        self.flags() & bindings::net_device_flags_IFF_ALLMULTI != 0
    }

    /// Whether it is a loopback device.
    pub(crate) fn is_loopback(&self) -> bool {
        self.flags() & bindings::net_device_flags_IFF_LOOPBACK != 0
    }

    /// Whether frames can leave now: present, running, with carrier. Any context.
    #[inline(always)]
    pub(crate) fn can_carry(&self) -> bool {
        const START: usize = 1 << bindings::netdev_state_t___LINK_STATE_START;
        const PRESENT: usize = 1 << bindings::netdev_state_t___LINK_STATE_PRESENT;
        const NOCARRIER: usize = 1 << bindings::netdev_state_t___LINK_STATE_NOCARRIER;
        self.state() & (START | PRESENT | NOCARRIER) == (START | PRESENT)
    }

    /// Whether it is a port of a bridge. Any context.
    pub(crate) fn is_bridge_port(&self) -> bool {
        // SAFETY: live; a flag.
        unsafe { bindings::netif_is_bridge_port(self.as_ptr()) }
    }

    /// Whether the namespaces of both are owned by one user namespace, so that who administrates
    /// one may administrate the other.
    pub(crate) fn same_owner(&self, other: &NetDevice, _rtnl: &Rtnl) -> bool {
        // SAFETY: live; a namespace changes under RTNL only.
        unsafe { bindings::dev_same_user_ns(self.as_ptr(), other.as_ptr()) }
    }

    /// Whether it is a device that could not be registered, and somebody beside its maker holds it.
    pub(super) fn is_unregistered_but_held(&self) -> bool {
        // SAFETY: live; the maker's own reference is one.
        unsafe {
            bindings::netdev_is_unregistered(self.as_ptr())
                && bindings::netdev_refcnt_read(self.as_ptr()) != 1
        }
    }

    /// Whether the core may hold the device's instance lock while it notifies of it: then nothing
    /// that takes that lock may be called.
    pub(crate) fn needs_ops_lock(&self) -> bool {
        // SAFETY: live.
        unsafe { bindings::netdev_need_ops_lock(self.as_ptr()) }
    }

    /// Whether it runs: is up, or being brought up or down.
    pub(crate) fn is_running(&self) -> bool {
        self.state() & (1 << bindings::netdev_state_t___LINK_STATE_START) != 0
    }

    /// Whether it is an Ethernet device with addresses of six octets.
    pub(crate) fn is_ethernet(&self) -> bool {
        // SAFETY: live; both are set before registration and do not change under a master.
        let (kind, len) = unsafe { ((*self.as_ptr()).type_, (*self.as_ptr()).addr_len) };
        u32::from(kind) == bindings::ARPHRD_ETHER && usize::from(len) == size_of::<MacAddr>()
    }

    /// Whether somebody else receives in its place, or it cannot have anyone do that.
    pub(crate) fn is_rx_handler_busy(&self, _rtnl: &Rtnl) -> bool {
        // SAFETY: live, RTNL is held.
        unsafe { bindings::netdev_is_rx_handler_busy(self.as_ptr()) }
    }

    /// Whether it is of the link kind `kind`.
    pub(crate) fn is_kind(&self, kind: &CStr, _rtnl: &Rtnl) -> bool {
        // SAFETY: live; set before registration.
        let ops = unsafe { (*self.as_ptr()).rtnl_link_ops };
        // SAFETY: null, or registered for as long as the device is; both end in a zero.
        !ops.is_null() && unsafe { bindings::strcmp((*ops).kind, kind.as_char_ptr()) } == 0
    }

    /// The address of the device.
    pub(crate) fn addr(&self, _rtnl: &Rtnl) -> MacAddr {
        // SAFETY: an Ethernet device's address is of six octets and changes under RTNL only.
        unsafe { addr::read((*self.as_ptr()).dev_addr) }
    }

    /// Sets the address of a device of ours.
    pub(crate) fn set_addr(&self, addr: &MacAddr, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held; six octets.
        unsafe { bindings::eth_hw_addr_set(self.as_ptr(), addr.as_ptr()) };
    }

    /// Gives a device of ours that has no address a random one.
    pub(crate) fn set_random_addr(&self, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held.
        unsafe { bindings::eth_hw_addr_random(self.as_ptr()) };
    }

    /// The MTU in bytes.
    pub(crate) fn mtu(&self) -> u32 {
        // SAFETY: live; a word that may change at any time.
        unsafe { (&raw const (*self.as_ptr()).mtu).read_volatile() }
    }

    /// States the largest MTU in bytes that a device of ours takes.
    pub(crate) fn set_max_mtu(&self, max: u32, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held.
        unsafe { (&raw mut (*self.as_ptr()).max_mtu).write_volatile(max) };
    }

    /// Writes the MTU of a device of ours: in its own `change_mtu`, or before it is registered.
    pub(crate) fn write_mtu(&self, mtu: u32, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held; readers read the word once.
        unsafe { (&raw mut (*self.as_ptr()).mtu).write_volatile(mtu) };
    }

    /// Has the device change its MTU.
    pub(crate) fn set_mtu(&self, mtu: u32, _rtnl: &mut Rtnl) -> Result {
        let mtu = i32::try_from(mtu)?;
        // SAFETY: live, RTNL is held.
        to_result(unsafe { bindings::dev_set_mtu(self.as_ptr(), mtu) })
    }

    /// Brings the device up.
    pub(crate) fn open(&self, extack: &mut ExtAck<'_>, _rtnl: &mut Rtnl) -> Result {
        // SAFETY: live, RTNL is held.
        to_result(unsafe { bindings::dev_open(self.as_ptr(), extack.as_ptr()) })
    }

    /// Brings the device down.
    pub(crate) fn close(&self, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held.
        unsafe { bindings::dev_close(self.as_ptr()) };
    }

    /// Says whether a device of ours has carrier. Any context.
    pub(crate) fn set_carrier(&self, on: bool) {
        // SAFETY: live; atomic, the rest is done by the core later.
        unsafe {
            if on {
                bindings::netif_carrier_on(self.as_ptr());
            } else {
                bindings::netif_carrier_off(self.as_ptr());
            }
        }
    }

    /// The offload features in use.
    fn features(&self) -> Features {
        // SAFETY: live; a word that may change at any time.
        unsafe { (&raw const (*self.as_ptr()).features).read_volatile() }
    }

    /// Gives a device of ours that hands its packets to any of `lowers` the room in front of them
    /// that these want, and the GSO sizes that all of them take.
    pub(crate) fn adapt_to<'a>(
        &self,
        lowers: impl Iterator<Item = &'a NetDevice>,
        _rtnl: &mut Rtnl,
    ) {
        let mut room = 0;
        let (mut size, mut size4) = (bindings::GSO_LEGACY_MAX_SIZE, bindings::GSO_LEGACY_MAX_SIZE);
        let mut segs = bindings::GSO_MAX_SEGS as u16;
        for lower in lowers {
            let lower = lower.as_ptr();
            // SAFETY: live, RTNL is held.
            unsafe {
                let more = (*lower)
                    .hard_header_len
                    .saturating_sub(bindings::ETH_HLEN as u16);
                room = room.max((*lower).needed_headroom.saturating_add(more));
                size = size.min((*lower).gso_max_size);
                size4 = size4.min((*lower).gso_ipv4_max_size);
                segs = segs.min((*lower).gso_max_segs);
            }
        }
        let this = self.as_ptr();
        // SAFETY: live, RTNL is held; words that readers read once.
        unsafe {
            (&raw mut (*this).needed_headroom).write_volatile(room);
            (&raw mut (*this).gso_max_size).write_volatile(size);
            (&raw mut (*this).gso_ipv4_max_size).write_volatile(size4);
            (&raw mut (*this).gso_max_segs).write_volatile(segs);
        }
    }

    /// Keeps IPv6 from giving the device addresses (`true`), or no longer.
    pub(crate) fn set_no_addrconf(&self, on: bool, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held.
        unsafe { bindings::set_no_addrconf(self.as_ptr(), on) };
    }

    /// Whether the caller may administrate the namespace that the device is in. Process context.
    pub(crate) fn capable(&self, _rtnl: &Rtnl) -> bool {
        // SAFETY: live; called for the request of the current task.
        unsafe { bindings::net_admin_capable(self.as_ptr()) }
    }

    /// Has the core compute the features of a device of ours anew.
    pub(crate) fn update_features(&self, _rtnl: &mut Rtnl) {
        // SAFETY: live, RTNL is held.
        unsafe { bindings::netdev_update_features(self.as_ptr()) };
    }

    /// The namespace that it is in.
    pub(crate) fn net<'a>(&'a self, _rtnl: &'a Rtnl) -> &'a Net {
        // SAFETY: live; a device leaves its namespace, and a namespace with devices goes, under
        // RTNL only.
        unsafe { Net::from_raw(bindings::dev_net(self.as_ptr())) }
    }

    /// The device of index `ifindex` in the namespace that this one is in.
    pub(crate) fn by_index<'a>(&'a self, ifindex: u32, rtnl: &'a Rtnl) -> Option<&'a NetDevice> {
        self.net(rtnl).device(ifindex, rtnl)
    }

    /// Its counters.
    pub(crate) fn stats(&self, _rtnl: &Rtnl) -> LinkStats {
        let mut stats = bindings::rtnl_link_stats64::default();
        // SAFETY: live; the storage is ours.
        unsafe { bindings::dev_get_stats(self.as_ptr(), &raw mut stats) };
        LinkStats {
            rx_packets: stats.rx_packets,
            rx_bytes: stats.rx_bytes,
            tx_packets: stats.tx_packets,
            tx_bytes: stats.tx_bytes,
        }
    }

    /// Has the IP stack tell neighbours and switches where the addresses on this device are
    /// (gratuitous ARP, unsolicited NA), and rejoin its multicast groups (IGMP, MLD) if `rejoin`.
    pub(crate) fn notify_peers(&self, rejoin: bool, _rtnl: &mut Rtnl) {
        let dev = self.as_ptr();
        // SAFETY: live, RTNL is held.
        unsafe {
            bindings::call_netdevice_notifiers(
                bindings::netdev_cmd_NETDEV_NOTIFY_PEERS as ffi::c_ulong,
                dev,
            );
            if rejoin {
                bindings::call_netdevice_notifiers(
                    bindings::netdev_cmd_NETDEV_RESEND_IGMP as ffi::c_ulong,
                    dev,
                );
            }
        }
    }

    /// Counts a received packet of `len` bytes, on a device of ours that keeps `tstats`.
    #[inline(always)]
    pub(crate) fn count_rx(&self, len: u32) {
        // SAFETY: live; per-CPU, in softirq.
        unsafe { bindings::dev_sw_netstats_rx_add(self.as_ptr(), len) };
    }

    /// Counts a transmitted packet of `len` bytes, on a device of ours that keeps `tstats`.
    #[inline(always)]
    pub(crate) fn count_tx(&self, len: u32) {
        // SAFETY: live; per-CPU, with BH off.
        unsafe { bindings::dev_sw_netstats_tx_add(self.as_ptr(), 1, len) };
    }

    /// Counts a packet that was to be received and is dropped. Any context.
    pub(crate) fn count_rx_dropped(&self) {
        // SAFETY: live; per-CPU.
        unsafe { bindings::dev_core_stats_rx_dropped_inc(self.as_ptr()) };
    }

    /// Counts a packet that was to be transmitted and is dropped. Any context.
    pub(crate) fn count_tx_dropped(&self) {
        // SAFETY: live; per-CPU.
        unsafe { bindings::dev_core_stats_tx_dropped_inc(self.as_ptr()) };
    }
}

/// What a device has counted.
pub(crate) struct LinkStats {
    /// Received packets.
    pub(crate) rx_packets: u64,
    /// The bytes in them.
    pub(crate) rx_bytes: u64,
    /// Transmitted packets.
    pub(crate) tx_packets: u64,
    /// The bytes in them.
    pub(crate) tx_bytes: u64,
}

/// A look at what waits to be transmitted by a device: in its queues, and in its rings if the
/// driver says what is there.
pub(crate) struct TxDrain {
    dev: ARef<NetDevice>,
    /// For each queue that may still hold something that was there at the first look: whether its
    /// qdisc does, and up to which byte its ring does.
    queues: KVec<(u32, bool, u32)>,
}

impl TxDrain {
    /// The first look at `dev`. May sleep.
    pub(crate) fn new(dev: &NetDevice, _rtnl: &Rtnl) -> Result<Self> {
        // SAFETY: live; its queues do not change under RTNL, only what they hold does.
        let count = unsafe { (*dev.as_ptr()).num_tx_queues };
        let mut queues = KVec::with_capacity(count as usize, GFP_KERNEL)?;
        for index in 0..count {
            // SAFETY: one of `count` queues.
            let queued = unsafe {
                let queue = (*dev.as_ptr())._tx.add(index as usize);
                (&raw const (*queue).dql.num_queued).read_volatile()
            };
            queues.push((index, true, queued), GFP_KERNEL)?;
        }
        Ok(Self {
            dev: dev.hold(),
            queues,
        })
    }

    /// Whether all that was there at the first look has been transmitted.
    pub(crate) fn is_done(&mut self, _rtnl: &Rtnl) -> bool {
        let dev = self.dev.as_ptr();
        self.queues.retain(|(index, waits, queued)| {
            // SAFETY: live, RTNL is held; the queue is one that `new` found.
            let dql = unsafe { &raw const (*(*dev)._tx.add(*index as usize)).dql };
            if *waits {
                // SAFETY: as above, and RCU is held.
                *waits = !Rcu::read(|_| unsafe { bindings::txq_is_empty(dev, *index) });
                // What was in the qdisc is in the ring now.
                // SAFETY: as above; a word that may change at any time.
                *queued = unsafe { (&raw const (*dql).num_queued).read_volatile() };
            }
            // SAFETY: as above; a word that may change at any time.
            let completed = unsafe { (&raw const (*dql).num_completed).read_volatile() };
            // Both count up and wrap.
            *waits || (completed.wrapping_sub(*queued) as i32) < 0
        });
        self.queues.is_empty()
    }
}
