// SPDX-License-Identifier: GPL-2.0

//! The generated bindings of the kernel's networking headers; private to `net`.

#![allow(
    clippy::all,
    clippy::borrow_as_ptr,
    clippy::cast_lossless,
    clippy::missing_safety_doc,
    clippy::ptr_as_ptr,
    clippy::ref_as_ptr,
    clippy::undocumented_unsafe_blocks,
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    improper_ctypes,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clashing_extern_declarations
)]

use kernel::ffi;

type __kernel_size_t = usize;
type __kernel_ssize_t = isize;
type __kernel_ptrdiff_t = isize;

include!(env!("VNICTEAM_BINDINGS"));
