// SPDX-License-Identifier: GPL-2.0

//! Enumerations of the kernel interface with the words that ip(8) has for them. A newer kernel may
//! know more values: these keep their number.

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($value:ident = $number:literal $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $name {
            $($value,)+
            Unknown(u8),
        }

        impl From<u8> for $name {
            fn from(number: u8) -> Self {
                match number {
                    $($number => $name::$value,)+
                    _ => $name::Unknown(number),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $($name::$value => f.pad($word),)+
                    $name::Unknown(number) => f.pad(&number.to_string()),
                }
            }
        }
    };
}

names! {
    /// enum vnicteam_member_state
    MemberState { Down = 0 "down", Up = 1 "up", }
}

names! {
    /// enum vnicteam_member_role
    Role { Active = 0 "active", Standby = 1 "standby", Off = 2 "off", }
}

names! {
    /// enum vnic_mode
    Mode { Bridge = 0 "bridge", Private = 1 "private", Vepa = 2 "vepa", }
}

names! {
    /// enum vnic_state
    VnicState { Standby = 0 "standby", Active = 1 "active", }
}

names! {
    /// enum vnic_move_cause
    Cause {
        None = 0 "none",
        Fault = 1 "fault",
        Recovery = 2 "recovery",
        Balance = 3 "balance",
        Admin = 4 "admin",
    }
}

names! {
    /// VNICTEAM_CMD_*, those that are events
    EventKind {
        MemberAdded = 10 "member-added",
        MemberRemoved = 11 "member-removed",
        MemberUp = 12 "member-up",
        MemberDown = 13 "member-down",
        VnicCreated = 14 "vnic-created",
        VnicDeleted = 15 "vnic-deleted",
        VnicStandby = 16 "vnic-standby",
        VnicActive = 17 "vnic-active",
        VnicMoved = 18 "vnic-moved",
        RedistributionStarted = 19 "redistribution-started",
        RedistributionEnded = 20 "redistribution-ended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_newer_kernel_keep_their_number() {
        assert_eq!(Cause::from(200).to_string(), "200");
        assert_eq!(Cause::from(1), Cause::Fault);
        assert_eq!(EventKind::from(18).to_string(), "vnic-moved");
    }
}
