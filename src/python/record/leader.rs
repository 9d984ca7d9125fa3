//! The current leader of a record: the one that was read, or an object.

use super::{Origin, Record};
use crate::{
    python::{
        faults::refused::Refused,
        gil::nesting::{item, str_of},
        leader::{Leader, latin1},
        objects::slice,
    },
    record::{LEADER_LENGTH, Leader as LeaderView},
};
use pyo3::{prelude::*, types::PyString};

impl Record {
    pub(super) fn put_leader(&self, py: Python<'_>, leader: Bound<'_, PyAny>) {
        self.leader.set(py, Some(leader.unbind()));
    }

    /// Returns the current leader as text: that of the object, or the bytes that were read.
    pub(super) fn leader_text<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        if let Some(leader) = self.leader.get(py) {
            let leader = leader.into_bound(py);
            return match leader.cast::<Leader>() {
                Ok(leader) => leader.get().text(py),
                Err(_) => leader,
            };
        }
        let read = self.leader_read().map(|read| latin1(&read));
        PyString::new(py, &read.unwrap_or_default()).into_any()
    }

    /// Returns the leader as 24 bytes, or the reason why it could not be read again.
    pub(super) fn leader_bytes(&self, py: Python<'_>) -> Result<[u8; LEADER_LENGTH], Refused> {
        let read = self.leader_read();
        if let (None, Some(read)) = (self.leader.get(py), read) {
            return Ok(read);
        }
        let text = str_of(&self.leader_text(py))?;
        text.to_str().ok().and_then(|text| bytes_of(text, read)).ok_or_else(|| {
            Refused::Unwritable(format!(
                "a leader is {LEADER_LENGTH} ASCII characters, not {text:?}"
            ))
        })
    }

    /// Returns the leader that was read, if the record was read.
    pub(super) fn leader_read(&self) -> Option<[u8; LEADER_LENGTH]> {
        self.origin.as_ref().map(|origin| *origin.view().leader().as_bytes())
    }

    /// Returns the leader to write. For a repaired record, the bytes that nobody has changed are
    /// replaced by those of the repaired leader, which can be read again.
    pub(super) fn mended_if_damaged(&self, mut leader: [u8; LEADER_LENGTH]) -> [u8; LEADER_LENGTH] {
        if let Some(read) = self.leader_read()
            && self.origin.as_ref().is_some_and(Origin::is_repaired)
        {
            let mended = LeaderView::new(&read).mended();
            for (at, byte) in leader.iter_mut().enumerate() {
                if *byte == read[at] {
                    *byte = mended[at];
                }
            }
        }
        leader
    }

    /// Sets leader/09 to `a`, in place, as pymarc does before it writes.
    pub(super) fn declare_utf8(&self, py: Python<'_>) -> PyResult<()> {
        if !self.leader.is_some(py)
            && self.origin.as_ref().is_some_and(|origin| origin.view().leader().is_utf8())
        {
            return Ok(());
        }
        let leader = self.live_leader(py)?;
        if let Ok(leader) = leader.cast::<Leader>() {
            return leader.get().put_coding_scheme(py, b'a');
        }
        let before = item(&leader, slice(py, Some(0), Some(9))?)?;
        let rest = item(&leader, slice(py, Some(10), None)?)?;
        self.put_leader(py, before.add("a")?.add(rest)?);
        Ok(())
    }
}

/// Returns the bytes of a leader's characters. A character that is not ASCII must be the one that
/// was `read` at this position.
fn bytes_of(text: &str, read: Option<[u8; LEADER_LENGTH]>) -> Option<[u8; LEADER_LENGTH]> {
    let mut leader = [0; LEADER_LENGTH];
    let mut characters = text.chars();
    for (at, byte) in leader.iter_mut().enumerate() {
        let character = characters.next()?;
        let is_as_read = read.is_some_and(|read| char::from(read[at]) == character);
        *byte = u8::try_from(character).ok().filter(|byte| byte.is_ascii() || is_as_read)?;
    }
    characters.next().is_none().then_some(leader)
}
