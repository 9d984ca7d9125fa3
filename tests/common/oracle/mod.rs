//! The rules of framing and of record structure once more, in the plainest words.
//!
//! Nothing here is shared with the crate: no type, no constant, no trick. It works on a whole
//! input in memory, tries every offset, forgets everything between one frame and the next, and may
//! be as slow as it likes. What the crate says is compared with what this says.
//!
//! With [`Rules::repairs`] it says what is said with repair.
//!
//! Two layers, as in the crate: [`frames()`] is what a framer tells, by the ends of a record;
//! [`items()`] is what a reader tells, after each record's fields were checked.
//!
//! | file | rules |
//! |---|---|
//! | `frames.rs` | the input, cut into runs |
//! | `foreign.rs` | inputs that are not MARC |
//! | `padding.rs` | blank space and descriptor words between records |
//! | `judge.rs` | a record by its ends, or by all of its directory |
//! | `bad_span.rs` | the end of a span that is not a record |
//! | `leader.rs` | leaders, entries, numbers |
//! | `items.rs` | the check of each record's fields, numbers, repair |
//! | `record.rs` | the fields of one record |
//! | `repair.rs`, `repair/` | the repair of one record |

mod bad_span;
mod foreign;
mod frame;
mod frames;
mod items;
mod judge;
mod leader;
mod padding;
mod record;
mod repair;

pub use frame::{Field, Found, Frame, Item, Kind, Rules};
pub use frames::frames;
pub use items::items;
pub use record::parse;
pub use repair::{Repaired, repair};
