//! A batch of one record, which is read apart from its stream.

use super::{
    batch::Batch,
    entry::What,
    index::{Index, Parse},
};
use crate::{
    encoding::TextOptions,
    error::InputName,
    framing::{Frame, FrameKind},
    source::{Bytes, RawBatch},
};
use std::{vec, vec::Vec};

impl RawBatch {
    /// Creates a batch of one frame, which is all of these bytes.
    pub(crate) fn of_frame(bytes: Vec<u8>, kind: FrameKind, offset: u64, limit: usize) -> Self {
        let frames = vec![Frame { kind, length: bytes.len() }];
        let bytes = Bytes::Owned { used: bytes.len(), buffer: bytes };
        Self::new(bytes, frames, offset, limit)
    }
}

impl Batch {
    /// Makes a batch of one frame that is one record, with this number. Returns `None` if the parse
    /// finds anything else in it: repair may take a damaged span apart.
    pub(crate) fn of_one_record(
        raw: RawBatch,
        parse: &Parse,
        number: u64,
        name: Option<InputName>,
        text: TextOptions,
    ) -> Option<Self> {
        let mut index = Index::default();
        index.fill(&raw, parse);
        let is_one = matches!(
            &index.entries[..],
            [entry] if matches!(entry.what, What::Record { .. })
                && entry.range() == (0..raw.bytes().len())
        );
        let text = if index.is_text { text.encoding(None) } else { text };
        is_one.then(|| Self { raw, index, first_number: number, earlier: None, name, text })
    }
}
