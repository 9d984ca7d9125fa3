//! The working memory of repairs. The methods stand beside it, one subject in each file.

use super::{
    body::{FieldPlace, Slot},
    doubt::Doubt,
    layout::Layout,
    mapping::Mapping,
};
use crate::record::{Fault, FieldSpan};
use std::vec::Vec;

/// The repair of records, with working memory that is kept from one record to the next.
#[derive(Debug, Default)]
pub(crate) struct Repairer {
    pub(super) slots: Vec<Slot>,
    /// The fields as their terminators divide them.
    pub(super) runs: Vec<FieldPlace>,
    pub(super) layout: Layout,
    pub(super) mapping: Mapping,
    pub(super) doubt: Doubt,
    /// The findings of a repair, until it is known to have succeeded.
    pub(super) fields: Vec<FieldSpan>,
    pub(super) faults: Vec<Fault>,
}
