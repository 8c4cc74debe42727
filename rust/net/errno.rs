// SPDX-License-Identifier: GPL-2.0

//! Errors of networking that the kernel crate does not name in every supported kernel.

use kernel::{
    bindings,
    error::Error, //
};

/// The operation is not supported by this device.
pub(crate) fn eopnotsupp() -> Error {
    Error::from_errno(-(bindings::EOPNOTSUPP as i32))
}

/// The address is in use.
pub(crate) fn eaddrinuse() -> Error {
    Error::from_errno(-(bindings::EADDRINUSE as i32))
}

/// The address cannot be used.
pub(crate) fn eaddrnotavail() -> Error {
    Error::from_errno(-(bindings::EADDRNOTAVAIL as i32))
}

/// The message is too long.
pub(crate) fn emsgsize() -> Error {
    Error::from_errno(-(bindings::EMSGSIZE as i32))
}
