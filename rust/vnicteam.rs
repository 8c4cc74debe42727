// SPDX-License-Identifier: GPL-2.0

//! vnicteam: virtual NICs over a team of NICs.

use kernel::prelude::*;

mod logic;
mod net;

module! {
    type: VnicTeam,
    name: "vnicteam",
    authors: ["The vnicteam developers"],
    description: "Virtual NICs over a team of NICs",
    license: "GPL",
}

struct VnicTeam {}

impl kernel::Module for VnicTeam {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(VnicTeam { })
    }
}
