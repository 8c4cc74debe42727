// SPDX-License-Identifier: GPL-2.0

//! How things are said: as text in columns, as JSON. Nothing here asks for anything.

pub mod json;
pub mod style;
pub mod table;
pub mod text;
pub mod units;
