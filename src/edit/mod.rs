//! Edits: the same change to many records, such as `delete 9XX` or `set 245^1=1`.
//!
//! An [`Edit`] is parsed from text once, and [`Edits`] apply several of them to one record after the
//! other. Selectors name the fields, subfields, indicators and positions that an edit changes, with
//! all their conditions; the evaluator of the selectors finds them. `docs/command.md` has the rules,
//! in the section on `edit`.
//!
//! ```
//! use tidemarc::{Record, edit::{Edit, Edits}, encoding::{RecordText, TextOptions}};
//!
//! let record = Record::builder()
//!     .data("245", *b"00", [(b'a', "Whaling")])
//!     .data("650", *b" 7", [(b'a', "Whales"), (b'2', "fast")])
//!     .data("949", *b"  ", [(b'x', "local")])
//!     .build()?;
//! let text = RecordText::of(&record, TextOptions::new());
//!
//! let edits = Edits::new([
//!     Edit::delete("9XX")?,
//!     Edit::set("245^1=1")?,
//!     Edit::add_subfields(r"650{$2=\fast} $5XX-XxX")?,
//! ]);
//! let edited = edits.apply(&record, text)?;
//! assert_eq!(edited.applied()[0].changed(), 1);
//! let record = edited.into_record().unwrap();
//! assert_eq!(record.fields().len(), 2);
//! assert_eq!(record.fields()[1].as_bytes(), b" 7\x1faWhales\x1f2fast\x1f5XX-XxX");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This folder does no I/O and uses no threads.

#![forbid(unsafe_code)]

mod change;
mod edits;
mod error;
mod hits;
mod new;
mod operation;
mod refusal;
mod verify;

pub use edits::{Applied, Edited, Edits};
pub use error::EditError;
pub use operation::Edit;
pub use refusal::{EditRefusal, RefusalKind};
