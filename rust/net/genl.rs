// SPDX-License-Identifier: GPL-2.0

//! Generic netlink: a family of commands with policies of their own, and of groups of listeners.
//!
//! A command is a type. [`Do`] answers one request; [`Dump`] lists many objects in as many messages
//! as it takes, and keeps its place between them in a cursor of its own type. A [`Family`] is a
//! static table of commands; it can be used for as long as its [`Registration`] lives.
//!
//! Commands run in parallel, in process context, and take the locks that they need: RTNL may be
//! taken in them, and a family must not be registered or unregistered with RTNL held.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)

use super::{
    bindings, errno,
    extack::ExtAck,
    netlink::{
        Attr,
        Attrs,
        Message,
        Policy, //
    },
    netns::Net,
    rtnl::{
        Rtnl,
        RtnlCell, //
    },
};
use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    ptr::NonNull,
    sync::atomic::{
        AtomicBool,
        Ordering, //
    },
};
use kernel::{
    error::{
        from_result,
        to_result, //
    },
    ffi,
    prelude::*,
    str::CStr,
    ThisModule, //
};

/// A command.
pub(crate) trait Command: 'static {
    /// Its number.
    const CMD: u32;
    /// Whether only who may administrate the network namespace that it is sent in is listened to.
    const ADMIN: bool = false;
}

/// A command that is about one thing.
pub(crate) trait Do: Command {
    /// What its attributes must be, from number 0 on, see [`Policy::STRICT`]; if there are none,
    /// none is accepted.
    const POLICY: &'static [Policy];

    /// Carries it out.
    fn run(request: &mut Request<'_>) -> Result;
}

/// A command that lists many things.
pub(crate) trait Dump: Command {
    /// What its attributes must be, from number 0 on, see [`Policy::STRICT`]; if there are none,
    /// none is accepted.
    const POLICY: &'static [Policy];
    /// Where it is in the list.
    type Cursor: Zeroable;

    /// Lists what is left from `cursor` on, which is all zeroes at the beginning. Stops at the
    /// first error: with `EMSGSIZE` it is called again for the next message.
    fn run(dump: &mut Dumper<'_>, cursor: &mut Self::Cursor) -> Result;
}

/// A row of a family's table.
#[repr(transparent)]
pub(crate) struct Op(bindings::genl_split_ops);

// SAFETY: a constant; the pointers in it are to constants and functions.
unsafe impl Sync for Op {}

impl Op {
    const fn new<C: Command>(cap: u32, policy: &'static [Policy]) -> Self {
        // SAFETY: all zeroes is an operation without functions.
        let mut op: bindings::genl_split_ops = unsafe { core::mem::zeroed() };
        op.cmd = C::CMD as u8;
        op.flags = cap as u8;
        if C::ADMIN {
            op.flags |= bindings::GENL_UNS_ADMIN_PERM as u8;
        }
        if !policy.is_empty() {
            op.policy = policy.as_ptr().cast();
            op.maxattr = policy.len().saturating_sub(1) as u32;
        }
        Self(op)
    }

    /// A command that is about one thing.
    pub(crate) const fn run<C: Do>() -> Self {
        let mut op = Self::new::<C>(bindings::GENL_CMD_CAP_DO, C::POLICY);
        op.0.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::genl_split_ops__bindgen_ty_1__bindgen_ty_1 {
                pre_doit: None,
                doit: Some(doit::<C>),
                post_doit: None,
            };
        op
    }

    /// A command that lists many things.
    pub(crate) const fn list<C: Dump>() -> Self {
        const {
            assert!(
                size_of::<C::Cursor>() <= size_of_ctx() && align_of::<C::Cursor>() <= 8,
                "the cursor does not fit into the place that the core has for it"
            )
        };
        let mut op = Self::new::<C>(bindings::GENL_CMD_CAP_DUMP, C::POLICY);
        op.0.__bindgen_anon_1.__bindgen_anon_2 =
            bindings::genl_split_ops__bindgen_ty_1__bindgen_ty_2 {
                start: None,
                dumpit: Some(dumpit::<C>),
                done: None,
            };
        op
    }
}

const fn size_of_ctx() -> usize {
    size_of::<bindings::netlink_callback__bindgen_ty_1>()
}

/// A group of listeners.
#[repr(transparent)]
pub(crate) struct Group(bindings::genl_multicast_group);

impl Group {
    /// A group that anybody may listen to.
    pub(crate) const fn new(name: &'static CStr) -> Self {
        Self(bindings::genl_multicast_group {
            name: fixed_name(name),
            flags: 0,
        })
    }
}

const fn fixed_name(name: &'static CStr) -> [ffi::c_char; bindings::GENL_NAMSIZ as usize] {
    let mut fixed = [0; bindings::GENL_NAMSIZ as usize];
    let octets = name.to_bytes();
    assert!(octets.len() < fixed.len(), "the name is too long");
    let mut index = 0;
    while index < octets.len() {
        fixed[index] = octets[index] as ffi::c_char;
        index += 1;
    }
    fixed
}

/// A family.
///
/// # Invariants
///
/// `raw` is written by who has turned `taken` on only, and by the core while it is registered;
/// `registered` is on only while it is.
pub(crate) struct Family {
    raw: UnsafeCell<bindings::genl_family>,
    taken: AtomicBool,
    registered: RtnlCell<bool>,
}

// SAFETY: by the invariant what is in it is written by one thread at a time; the core locks the
// rest. The pointers in it are to constants.
unsafe impl Sync for Family {}

impl Family {
    /// Describes a family; its commands in ascending order, [`Do`] before [`Dump`].
    pub(crate) const fn new(
        name: &'static CStr,
        version: u32,
        ops: &'static [Op],
        groups: &'static [Group],
    ) -> Self {
        // SAFETY: all zeroes is a family without anything.
        let mut raw: bindings::genl_family = unsafe { core::mem::zeroed() };
        raw.name = fixed_name(name);
        raw.version = version;
        raw.split_ops = ops.as_ptr().cast();
        raw.n_split_ops = ops.len() as u8;
        raw.mcgrps = groups.as_ptr().cast();
        raw.n_mcgrps = groups.len() as u8;
        Self {
            raw: UnsafeCell::new(raw),
            taken: AtomicBool::new(false),
            registered: RtnlCell::new(false),
        }
    }

    /// Whether anybody may listen to the group of number `group` in `net`. If not, nobody does.
    pub(crate) fn has_listeners(&self, net: &Net, group: u32, rtnl: &Rtnl) -> bool {
        if !self.registered.get(rtnl) {
            return false;
        }
        // SAFETY: registered, and kept so by RTNL; `net` is there.
        unsafe { bindings::genl_has_listeners(self.raw.get(), net.as_ptr(), group) > 0 }
    }
}

/// A registered family.
pub(crate) struct Registration(&'static Family);

impl Registration {
    /// Registers `family`, whose code is in `module`. Without RTNL.
    pub(crate) fn new(family: &'static Family, module: &'static ThisModule) -> Result<Self> {
        if family.taken.swap(true, Ordering::Acquire) {
            return Err(EBUSY);
        }
        let raw = family.raw.get();
        // SAFETY: not registered, and ours alone by the invariant.
        unsafe {
            (*raw).module = module.as_ptr().cast();
            (*raw).set_netnsok(1);
            (*raw).set_parallel_ops(1);
        }
        // SAFETY: complete, static, and not registered.
        if let Err(error) = to_result(unsafe { bindings::genl_register_family(raw) }) {
            family.taken.store(false, Ordering::Release);
            return Err(error);
        }
        family.registered.set(true, &mut Rtnl::lock());
        Ok(Self(family))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // From here on nobody sends to its groups, whose numbers may become another family's.
        self.0.registered.set(false, &mut Rtnl::lock());
        // SAFETY: registered by `new`. Waits for commands that run; a dump that is not read to its
        // end keeps the module.
        unsafe { bindings::genl_unregister_family(self.0.raw.get()) };
        self.0.taken.store(false, Ordering::Release);
    }
}

/// What is known of a command that was sent.
///
/// # Invariants
///
/// The pointer is to the core's `genl_info` of a request that is being handled, valid for `'a`.
#[derive(Clone, Copy)]
struct Info<'a>(NonNull<bindings::genl_info>, PhantomData<&'a ()>);

impl<'a> Info<'a> {
    /// # Safety
    ///
    /// As the type's invariants; `max` is that of the table of its attributes.
    unsafe fn attrs(self, max: usize) -> Attrs<'a> {
        // SAFETY: valid by the invariant. The core parsed the attributes with the policy of the
        // command, whose table is as long as `max` says, or is null.
        unsafe { Attrs::from_raw((*self.0.as_ptr()).attrs, max) }
    }

    fn net(self) -> &'a Net {
        // SAFETY: valid by the invariant; the sender's socket keeps its namespace.
        unsafe { Net::from_raw(bindings::genl_info_net(self.0.as_ptr())) }
    }
}

/// A request for one thing.
pub(crate) struct Request<'a> {
    info: Info<'a>,
    /// Its attributes.
    pub(crate) attrs: Attrs<'a>,
    /// Where the reason of a refusal is put.
    pub(crate) extack: ExtAck<'a>,
}

impl<'a> Request<'a> {
    /// The namespace that it was sent in.
    pub(crate) fn net(&self) -> &'a Net {
        self.info.net()
    }

    /// All attributes of number `attr`, of which [`Self::attrs`] has the last.
    pub(crate) fn all(&self, attr: u32) -> impl Iterator<Item = Attr<'a>> {
        let mut left: ffi::c_int = 0;
        // SAFETY: valid by the invariant.
        let mut next = unsafe { bindings::genlmsg_attrs(self.info.0.as_ptr(), &raw mut left) };
        let attrs = core::iter::from_fn(move || {
            // SAFETY: `left` octets are there from `next` on.
            let this = unsafe { bindings::nla_ok(next, left) }.then_some(next)?;
            // SAFETY: an attribute, as was just asked.
            next = unsafe { bindings::nla_next(this, &raw mut left) };
            NonNull::new(this)
        });
        attrs.filter_map(move |this| {
            // SAFETY: an attribute of the request.
            let kind = unsafe { bindings::nla_type(this.as_ptr()) };
            // SAFETY: all attributes were checked, also those that come more than once.
            (u32::try_from(kind) == Ok(attr)).then(|| unsafe { Attr::from_raw(this) })
        })
    }

    /// Answers with a message of what `fill` adds.
    pub(crate) fn reply(&self, fill: impl FnOnce(&mut Message) -> Result) -> Result {
        let info = self.info.0.as_ptr();
        let batch = Batch::new()?;
        let skb = batch.skb.as_ptr();
        // SAFETY: an empty message of ours; `info` is valid.
        let header = unsafe { bindings::genlmsg_iput(skb, info, 0) };
        // SAFETY: ours.
        fill(&mut unsafe { Message::from_raw(skb) }?)?;
        // SAFETY: begun above, for there is room in an empty message. The message is handed over.
        unsafe {
            bindings::genlmsg_end(skb, header);
            core::mem::forget(batch);
            to_result(bindings::genlmsg_reply(skb, info))
        }
    }
}

/// # Safety
///
/// For the core, which calls it as it documents.
unsafe extern "C" fn doit<C: Do>(
    _skb: *mut bindings::sk_buff,
    info: *mut bindings::genl_info,
) -> ffi::c_int {
    from_result(|| {
        let info = Info(NonNull::new(info).ok_or(EINVAL)?, PhantomData);
        // SAFETY: of a request that is being handled, with the policy of `C`; its place for a
        // reason is ours, or there is none.
        let mut request = unsafe {
            Request {
                info,
                attrs: info.attrs(C::POLICY.len().saturating_sub(1)),
                extack: ExtAck::from_raw((*info.0.as_ptr()).extack),
            }
        };
        C::run(&mut request).map(|()| 0)
    })
}

/// A list that is being made.
pub(crate) struct Dumper<'a> {
    skb: NonNull<bindings::sk_buff>,
    callback: NonNull<bindings::netlink_callback>,
    info: Info<'a>,
    /// The attributes of the request.
    pub(crate) attrs: Attrs<'a>,
    /// Where the reason of a refusal is put.
    pub(crate) extack: ExtAck<'a>,
}

impl<'a> Dumper<'a> {
    /// The namespace that it was asked for in.
    pub(crate) fn net(&self) -> &'a Net {
        self.info.net()
    }

    /// States which generation of what is listed follows. If it is another one than in a message
    /// before, who reads the list is told that it may be inconsistent. Not 0.
    pub(crate) fn set_generation(&mut self, generation: u32) {
        // SAFETY: ours during the call.
        unsafe { (*self.callback.as_ptr()).seq = generation };
    }

    /// Adds one thing of the list: what `fill` adds. `EMSGSIZE` if there is no room; if `fill`
    /// fails nothing is added.
    pub(crate) fn put(&mut self, fill: impl FnOnce(&mut Message) -> Result) -> Result {
        let (skb, callback) = (self.skb.as_ptr(), self.callback.as_ptr());
        // SAFETY: a message that is ours to add to; `info` is valid.
        let header = unsafe {
            bindings::genlmsg_iput(skb, self.info.0.as_ptr(), bindings::NLM_F_MULTI as i32)
        };
        if header.is_null() {
            return Err(errno::emsgsize());
        }
        // SAFETY: begun above.
        unsafe { bindings::genl_dump_check_consistent(callback, header) };
        // SAFETY: ours during the call.
        let result = fill(&mut unsafe { Message::from_raw(skb) }?);
        // SAFETY: begun above; what `fill` began has ended.
        unsafe {
            match result {
                Ok(()) => bindings::genlmsg_end(skb, header),
                Err(_) => bindings::genlmsg_cancel(skb, header),
            }
        }
        result
    }
}

/// # Safety
///
/// For the core, which calls it as it documents.
unsafe extern "C" fn dumpit<C: Dump>(
    skb: *mut bindings::sk_buff,
    callback: *mut bindings::netlink_callback,
) -> ffi::c_int {
    from_result(|| {
        // SAFETY: the core's callback of a dump.
        let info = unsafe { bindings::genl_info_dump(callback) };
        let info = Info(NonNull::new(info.cast_mut()).ok_or(EINVAL)?, PhantomData);
        // SAFETY: of a request that is being handled, with the policy of `C`; its place for a
        // reason is ours, or there is none.
        let mut dumper = unsafe {
            Dumper {
                skb: NonNull::new(skb).ok_or(EINVAL)?,
                callback: NonNull::new(callback).ok_or(EINVAL)?,
                info,
                attrs: info.attrs(C::POLICY.len().saturating_sub(1)),
                extack: ExtAck::from_raw((*callback).extack),
            }
        };
        // SAFETY: the place is the family's, for one command until its end, and all zeroes at its
        // beginning, which a cursor may be; it fits by the assertion in `Op::list`.
        let cursor = unsafe { &mut *(&raw mut (*callback).__bindgen_anon_1).cast::<C::Cursor>() };
        C::run(&mut dumper, cursor).map(|()| 0)
    })
}

/// Messages that are sent together.
///
/// # Invariants
///
/// The pointer is to a netlink message that this owns.
pub(crate) struct Batch {
    skb: NonNull<bindings::sk_buff>,
    count: u32,
}

// SAFETY: owned; the core's functions may be called on any thread.
unsafe impl Send for Batch {}

impl Batch {
    /// No messages yet, and room for about a page of them. May sleep.
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: no requirement.
        let skb = unsafe {
            bindings::genlmsg_new(
                bindings::genlmsg_default_size(),
                kernel::bindings::GFP_KERNEL,
            )
        };
        // INVARIANT: new.
        let skb = NonNull::new(skb).ok_or(ENOMEM)?;
        Ok(Self { skb, count: 0 })
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> u32 {
        self.count
    }

    /// Adds a message of what `fill` adds. `EMSGSIZE` if there is no room; if `fill` fails nothing
    /// is added.
    pub(crate) fn add(
        &mut self,
        family: &Family,
        cmd: u32,
        fill: impl FnOnce(&mut Message) -> Result,
    ) -> Result {
        let skb = self.skb.as_ptr();
        // SAFETY: ours by the invariant; what is read of the family does not change while it is
        // registered, and is harmless before and after.
        let header = unsafe { bindings::genlmsg_put(skb, 0, 0, family.raw.get(), 0, cmd as u8) };
        if header.is_null() {
            return Err(errno::emsgsize());
        }
        // SAFETY: ours by the invariant.
        let result = fill(&mut unsafe { Message::from_raw(skb) }?);
        // SAFETY: begun above; what `fill` began has ended.
        unsafe {
            match result {
                Ok(()) => bindings::genlmsg_end(skb, header),
                Err(_) => bindings::genlmsg_cancel(skb, header),
            }
        }
        result.inspect(|()| self.count = self.count.saturating_add(1))
    }

    /// Sends them to all in `net` who listen to the group of number `group`. An error says that
    /// not all of these got it, as far as the core tells: none of them did, or one who asks to be
    /// waited for (`NETLINK_BROADCAST_ERROR`) did not.
    pub(crate) fn multicast(self, family: &Family, net: &Net, group: u32, rtnl: &Rtnl) -> Result {
        if !family.has_listeners(net, group, rtnl) {
            return Ok(());
        }
        let skb = self.skb.as_ptr();
        core::mem::forget(self);
        let mut heard = false;
        // SAFETY: registered, and kept so by RTNL; `net` is there; the messages are handed over;
        // `hear` is called during the call only, and `heard` is what it wants.
        let result = to_result(unsafe {
            bindings::genlmsg_multicast_netns_filtered(
                family.raw.get(),
                net.as_ptr(),
                skb,
                0,
                group,
                kernel::bindings::GFP_KERNEL,
                Some(hear),
                (&raw mut heard).cast(),
            )
        });
        // All who listen may be in other namespaces.
        result.or_else(|error| if heard { Err(error) } else { Ok(()) })
    }
}

/// Notes that there is a listener.
///
/// # Safety
///
/// `heard` is a `bool` that is ours to write.
unsafe extern "C" fn hear(
    _socket: *mut bindings::sock,
    _skb: *mut bindings::sk_buff,
    heard: *mut ffi::c_void,
) -> ffi::c_int {
    // SAFETY: by the function's requirements.
    unsafe { heard.cast::<bool>().write(true) };
    0
}

impl Drop for Batch {
    fn drop(&mut self) {
        // SAFETY: ours by the invariant.
        unsafe { bindings::nlmsg_free(self.skb.as_ptr()) };
    }
}
