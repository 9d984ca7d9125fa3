//! Runs of bytes, and what each is.

/// How an input is to be read. A number alone is a limit, without repair.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// No record may be longer than this, 26 bytes at least.
    pub limit: usize,
    pub repairs: bool,
}

impl From<usize> for Rules {
    fn from(limit: usize) -> Self {
        Self { limit, repairs: false }
    }
}

/// What a run of bytes is. The name of a fault is that of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Record,
    /// A record that had to be repaired.
    Repaired,
    Fault {
        name: &'static str,
        /// The directory entry at fault, from 1.
        entry: Option<u32>,
    },
    /// More of a fault that the limit cut into pieces.
    Continued,
    Padding,
    /// Descriptor words of a mainframe.
    Descriptor,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Repaired => "repaired",
            Self::Fault { name, .. } => name,
            Self::Continued => "continued",
            Self::Padding => "padding",
            Self::Descriptor => "descriptor",
        }
    }
}

/// A run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
}

/// A frame as a reader counts it: records and faults have a number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
    pub number: Option<u64>,
}

/// A fault found in one record: the name of its kind, and the directory entry.
pub type Found = (&'static str, Option<u32>);

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub tag: [u8; 3],
    /// Without the terminator.
    pub data: Vec<u8>,
}
