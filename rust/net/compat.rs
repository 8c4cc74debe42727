// SPDX-License-Identifier: GPL-2.0

//! What differs between the kernels that are built for.

pub(crate) use kernel::sync::aref::{
    ARef,
    AlwaysRefCounted, //
};
