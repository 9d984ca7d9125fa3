//! The search for the start and end of records in a run of bytes: no I/O, no thread, no allocation.
//!
//! A [`Framer`] cuts an input into [`Frame`]s: records, faults and padding, which cover the input
//! from its first byte to its last without gap or overlap. It holds no bytes itself. The caller
//! shows it the bytes that have arrived; it returns the next frame, or says that more bytes are
//! needed.
//!
//! # How records are recognised
//!
//! *A record proves itself.* Its leader states a length that leads to a 0x1D; its directory ends at
//! the same byte, with 0x1E before it; and the leader is plausible. Then it is delivered on the
//! evidence of its own bytes alone, without looking at what follows (`proof.rs`).
//!
//! *A bad span* is a run of bytes that does not prove itself. It ends where its own directory ends,
//! if the directory is sound and only the length is wrong; or before the next plausible leader
//! (`plausible.rs`, `search.rs`); or after the first 0x1D; or at the stated length, if this leads
//! to a 0x1D with no plausible leader inside.
//!
//! *Padding* is blank space between records: NUL, TAB, LF, CR, SUB, space and byte order marks, if
//! a plausible leader or the end follows. The descriptor words of mainframes before a leader are
//! skipped in the same way (`descriptor.rs`).
//!
//! # Repair
//!
//! A framer that [repairs](Framer::repairs) returns the spans of damaged records as a repair needs
//! them. It finds the start of records whose length is not a number (P′), counts fields if a record
//! terminator stands inside one of them (`counted.rs`), and recognises a foreign input at once
//! (`signatures.rs`). The framer does not decide what a damaged span contains, nor whether a record
//! can be made of it.
//!
//! Every decision depends on the input alone, and not on how it was cut into pieces.

#![forbid(unsafe_code)]

#[cfg(feature = "std")]
mod any_format;
mod counted;
mod descriptor;
mod foreign;
mod frame;
mod framer;
mod padding;
mod plausible;
mod proof;
mod search;
#[cfg_attr(not(feature = "formats"), expect(dead_code, reason = "no format is detected"))]
pub(crate) mod signatures;

#[cfg(feature = "std")]
pub(crate) use any_format::Framing;
pub use foreign::ForeignFormat;
pub use frame::{Frame, FrameKind, Step};
#[cfg(feature = "std")]
pub(crate) use framer::MAX_OFFSET;
pub use framer::{DEFAULT_MAX_RECORD_LENGTH, Framer};
#[cfg(feature = "std")]
pub(crate) use signatures::PROBE_LENGTH;
pub use signatures::recognise;
