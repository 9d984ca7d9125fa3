//! Where records begin and end in a run of bytes: no I/O, no thread, no allocation.
//!
//! A [`Framer`] cuts an input into [`Frame`]s: records, faults and padding, which cover the input
//! from its first byte to its last without gap or overlap. It holds no bytes itself; the caller
//! shows it what has arrived so far, and is told the next frame or that more is needed.
//!
//! # How a record is told from what is none
//!
//! *A record proves itself.* Its leader states a length that lands on 0x1D; its directory ends at
//! the same byte, with 0x1E before it; and the leader is plausible. Then it is delivered from its
//! own bytes alone, with no look at what follows (`proof.rs`).
//!
//! *A bad span* is what does not. It ends where its own directory ends, if that is sound and only
//! the length is wrong; or before the next plausible leader (`plausible.rs`, `search.rs`); or after
//! the first 0x1D; or where the stated length lands on 0x1D with no plausible leader inside.
//!
//! *Padding* is blank space between records: NUL, TAB, LF, CR, SUB, space and byte order marks,
//! when a plausible leader or the end follows. So are the descriptor words of mainframes before a
//! leader (`descriptor.rs`).
//!
//! # Repair
//!
//! A framer that [repairs](Framer::repairs) gives the spans of damaged records as a repair needs
//! them: it knows the way back to records whose length is no number (P′), counts fields where a
//! record terminator stands inside one (`counted.rs`), and says at once what an input looks like that is no MARC (`foreign.rs`).
//! What is in a damaged span, and whether a record can be made of it, is not the framer's question.
//!
//! Every decision depends on the input alone and not on how it was cut into pieces.

#![forbid(unsafe_code)]

mod counted;
mod descriptor;
mod foreign;
mod frame;
mod framer;
mod padding;
mod plausible;
mod proof;
mod search;

pub use foreign::{ForeignFormat, recognise};
#[cfg(feature = "std")]
pub(crate) use frame::Framing;
pub use frame::{Frame, FrameKind, Step};
#[cfg(feature = "std")]
pub(crate) use framer::MAX_OFFSET;
pub use framer::{DEFAULT_MAX_RECORD_LENGTH, Framer};
#[cfg(feature = "formats")]
pub(crate) use search::ends_plausible_leader;
