// SPDX-License-Identifier: GPL-2.0

//! The constants of include/uapi/linux/vnicteam.h and of the uapi headers that it builds on.

pub(crate) use super::bindings::{
    vnic_mode_VNIC_MODE_BRIDGE as VNIC_MODE_BRIDGE,
    vnic_mode_VNIC_MODE_PRIVATE as VNIC_MODE_PRIVATE,
    vnic_mode_VNIC_MODE_VEPA as VNIC_MODE_VEPA,
    vnic_move_cause_VNIC_MOVE_ADMIN as VNIC_MOVE_ADMIN,
    vnic_move_cause_VNIC_MOVE_BALANCE as VNIC_MOVE_BALANCE,
    vnic_move_cause_VNIC_MOVE_FAULT as VNIC_MOVE_FAULT,
    vnic_move_cause_VNIC_MOVE_NONE as VNIC_MOVE_NONE,
    vnic_move_cause_VNIC_MOVE_RECOVERY as VNIC_MOVE_RECOVERY,
    vnic_state_VNIC_STATE_ACTIVE as VNIC_STATE_ACTIVE,
    vnic_state_VNIC_STATE_STANDBY as VNIC_STATE_STANDBY,
    vnicteam_member_state_VNICTEAM_MEMBER_DOWN as VNICTEAM_MEMBER_DOWN,
    vnicteam_member_state_VNICTEAM_MEMBER_UP as VNICTEAM_MEMBER_UP,
    VNICTEAM_MAX_MEMBERS,
    VNICTEAM_MAX_VNICS, //
};
