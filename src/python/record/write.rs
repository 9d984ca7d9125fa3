//! A record in ISO 2709: as tidemarc writes it, and as pymarc writes it.

use super::{
    FieldObjects, Origin, Record, RecordFlags,
    as_record::{MixedField, MixedRecord, TextRecord},
    fields::AnyField,
};
use crate::{
    encoding::{Encoding, ErrorPolicy, RecordText},
    error::shown,
    format::{Document, Format, Note, NoteKind, Placement, WriteError, WriteOptions, iso2709},
    python::{
        faults::refused::{Refused, type_name},
        field::{Codec, Field, Form, Written},
        gil::nesting::{ask, attribute, item},
        objects::{elements, slice},
        pymarc::raw_field::RawField,
        reading::Reading,
    },
    record::{
        AsRecord as _, FIELD_TERMINATOR, Field as CoreField, LEADER_LENGTH, Leader as LeaderView,
        RECORD_TERMINATOR, RecordRef, leader_is_plausible,
    },
};
use pyo3::{
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyBytes, PyInt, PyString},
};
use std::io::Write;

/// The record to write.
pub(crate) enum WriteInput<'a> {
    /// Unchanged since it was read.
    Read(RecordRef<'a>),
    /// Unchanged since it was read from a text format.
    TextRecord(TextRecord<'a>),
    /// In its current state.
    Made(MixedRecord),
}

impl WriteInput<'_> {
    /// Appends the record to a document.
    pub(crate) fn lay_out(
        &self,
        document: &mut Document,
        text: Option<RecordText>,
        bytes: &mut Vec<u8>,
        notes: &mut Vec<Note>,
    ) -> Result<Placement, WriteError> {
        match self {
            Self::Read(record) => document.record(record, text, bytes, notes),
            Self::TextRecord(record) => document.record(record, text, bytes, notes),
            Self::Made(record) => document.record(record, text, bytes, notes),
        }
    }
}

impl Record {
    /// Returns true if nothing that can be changed was handed out.
    #[inline]
    fn is_untouched(&self, py: Python<'_>) -> bool {
        !self.leader.is_some(py) && matches!(self.fields.get(py), FieldObjects::Untouched)
    }

    /// Returns the bytes that were read if the record is written as these.
    #[inline]
    fn as_read(&self, py: Python<'_>) -> Option<&[u8]> {
        let origin = self.origin.as_ref().filter(|origin| !origin.is_laid_out())?;
        let is_native = self.is_native(py) && !self.has(py, RecordFlags::FORCE_UTF8);
        let is_same = self.is_untouched(py) && (is_native || self.is_canonical(py));
        is_same.then(|| origin.view().as_bytes())
    }

    /// Returns true if pymarc would write the same bytes that were read.
    fn is_canonical(&self, py: Python<'_>) -> bool {
        let Some(origin) = &self.origin else { return false };
        let batch = origin.batch.get();
        origin.reading == Reading::Utf8
            && self.has(py, RecordFlags::TO_UNICODE)
            && batch.proof_of(origin.at as usize).is_canonical()
            && origin.view().leader().is_utf8()
    }

    /// Returns the result of `as_marc()`.
    pub(super) fn marc<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        if let Some(bytes) = self.as_read(py) {
            return Ok(PyBytes::new(py, bytes));
        }
        let mut bytes = Vec::new();
        match self.is_native(py) {
            // The policy of the reader may have replaced text; there is no place for notes on it.
            true => self.write_to(py, ErrorPolicy::Strict, &mut bytes, &mut Vec::new())?,
            false => self.write_like_pymarc(py, &mut bytes)?,
        }
        Ok(PyBytes::new(py, &bytes))
    }

    /// Appends the record as tidemarc writes it: the original bytes if nothing was changed. Refuses
    /// a record that could not be read again. The policy applies to the text of changed fields;
    /// replaced text adds a note, and so does a leader that did not describe the record.
    pub(crate) fn write_to(
        &self,
        py: Python<'_>,
        policy: ErrorPolicy,
        target: &mut Vec<u8>,
        notes: &mut Vec<Note>,
    ) -> PyResult<()> {
        if let Some(bytes) = self.as_read(py) {
            target.extend_from_slice(bytes);
            return Ok(());
        }
        if let Some(encoding) = self.encoding_to_write(py, None) {
            return self.write_in(py, encoding, policy, target, notes);
        }
        let is_native = self.is_native(py);
        let is_laid_out = self.origin.as_ref().is_some_and(Origin::is_laid_out);
        if is_native && !is_laid_out && self.write_patched(py, policy, target, notes)? {
            return Ok(());
        }
        let input = self.write_input(py, false, policy, notes)?;
        let written = match input {
            WriteInput::Read(view) => {
                target.extend_from_slice(view.as_bytes());
                Ok(false)
            }
            WriteInput::TextRecord(record) => iso2709::write(&record, target),
            WriteInput::Made(record) => iso2709::write(&record, target),
        };
        let is_leader_changed = written.map_err(|error| self.unwritable(py, &error))?;
        notes.extend(is_leader_changed.then(|| Note::new(NoteKind::LeaderLayout)));
        Ok(())
    }

    /// Returns the encoding in which the record is to be written, if it is not its own.
    pub(crate) fn encoding_to_write(
        &self,
        py: Python<'_>,
        of_writer: Option<Encoding>,
    ) -> Option<Encoding> {
        let is_forced = self.is_native(py) && self.has(py, RecordFlags::FORCE_UTF8);
        of_writer.or(is_forced.then_some(Encoding::Utf8))
    }

    /// Appends the record as ISO 2709 in this encoding.
    fn write_in(
        &self,
        py: Python<'_>,
        encoding: Encoding,
        policy: ErrorPolicy,
        target: &mut Vec<u8>,
        notes: &mut Vec<Note>,
    ) -> PyResult<()> {
        let input = self.write_input(py, true, policy, notes)?;
        let options = WriteOptions::new().encoding(encoding).encoding_errors(policy);
        let mut document = Document::new(Format::Iso2709, options);
        let laid = input.lay_out(&mut document, self.text_rule(), target, notes);
        laid.map(drop).map_err(|error| self.unwritable(py, &error))
    }

    /// Returns leader and fields. For a text format (`is_text`) they are in UTF-8; otherwise in the
    /// encoding that [`write_to`](Self::write_to) chooses. The policy of the writer applies to
    /// changed fields, and replaced text adds a note. An unchanged record remains in the encoding in
    /// which it was read.
    pub(crate) fn write_input(
        &self,
        py: Python<'_>,
        is_text: bool,
        policy: ErrorPolicy,
        notes: &mut Vec<Note>,
    ) -> PyResult<WriteInput<'_>> {
        if let Some(origin) = &self.origin
            && self.is_native(py)
            && self.is_untouched(py)
        {
            let view = origin.view();
            return Ok(match origin.is_laid_out() {
                true if origin.is_repaired() && !leader_is_plausible(view.leader().as_bytes()) => {
                    let field = |field: CoreField<'_>| MixedField {
                        tag: field.tag(),
                        bytes: field.as_bytes().to_vec(),
                        is_made_of_text: false,
                    };
                    let (leader, fields) = (view.leader().mended(), view.fields().map(field));
                    WriteInput::Made(MixedRecord { leader, fields: fields.collect() })
                }
                true => WriteInput::TextRecord(TextRecord(view)),
                false => WriteInput::Read(view),
            });
        }
        if !self.is_native(py) && self.has(py, RecordFlags::TO_UNICODE) {
            self.declare_utf8(py)?;
        }
        let refused = |error: Refused, tag: Option<&str>| self.refused(py, error, tag);
        let leader = self.leader_bytes(py).map_err(|error| refused(error, None))?;
        // The form depends on the leader that was read, not on its repair below, which nobody
        // requested.
        let form = match is_text {
            true => Form::Text(policy),
            false => self.form_to_write(LeaderView::new(&leader), policy),
        };
        let leader = self.mended_if_damaged(leader);
        let own = self.origin.as_ref().filter(|_| self.is_native(py));
        let mut fields = Vec::new();
        for field in elements(&self.list(py)?)? {
            let field = field.cast_into::<Field>().map_err(|error| {
                let name = type_name(&error.into_inner());
                let reason =
                    format!("record.fields may hold nothing but Field objects, not {name}");
                refused(Refused::WrongType(reason), None)
            })?;
            let mut bytes = Vec::new();
            let tag = field.get().tag_to_write(py).map_err(|error| refused(error, None))?;
            let is_made_of_text = if field.is_instance_of::<RawField>() {
                RawField::write(field.get(), py, &mut bytes)?;
                bytes.pop();
                false
            } else {
                let is_own = own.is_some_and(|own| field.get().is_read_from(&own.batch, own.at));
                let written = field.get().write_checked(py, form, is_own, &mut bytes);
                let written = written.map_err(|error| refused(error, tag.as_str()))?;
                notes.extend(written.notes(tag, fields.len()));
                is_text && matches!(written, Written::Text(_))
            };
            fields.push(MixedField { tag, bytes, is_made_of_text });
        }
        let record = MixedRecord { leader, fields };
        // Fields that were read and not changed do not change the record.
        if let Some(origin) = own.filter(|origin| !origin.is_laid_out())
            && record.fields.iter().all(|field| !field.is_made_of_text)
            && is_of(origin.view(), &record)
        {
            return Ok(WriteInput::Read(origin.view()));
        }
        Ok(WriteInput::Made(record))
    }

    /// Returns the record that was read and its text rule, if it is a record of tidemarc and no field
    /// object was handed out. With `needs_leader`, the leader must not have been handed out either.
    pub(crate) fn read_view(
        &self,
        py: Python<'_>,
        needs_leader: bool,
    ) -> Option<(RecordRef<'_>, RecordText)> {
        let is_as_read = matches!(self.fields.get(py), FieldObjects::Untouched)
            && !(needs_leader && self.leader.is_some(py));
        let origin = self.origin.as_ref().filter(|_| is_as_read)?;
        Some((origin.view(), self.text_rule()?))
    }

    /// Returns the text rule by which the record was read, if it is a record of tidemarc.
    pub(crate) fn text_rule(&self) -> Option<RecordText> {
        match self.origin.as_ref()?.reading {
            Reading::Native(text) => Some(text),
            Reading::Utf8 | Reading::Marc8 => None,
        }
    }

    /// Returns the current control number, for a message; `None` if there is no usable one.
    #[cold]
    pub(super) fn control_number_in_words(&self, py: Python<'_>) -> Option<String> {
        let field = self.find_tag(py, "001").ok().flatten()?;
        let field = field.cast::<Field>().ok()?.get();
        if self.is_native(py) && field.says_the_same(py).unwrap_or_default() {
            return field.bytes().map(|(bytes, _)| shown(bytes));
        }
        match field.data(py) {
            Ok(data) => data?.str().ok()?.to_str().ok().map(|data| shown(data.as_bytes())),
            Err(_) => field.bytes().map(|(bytes, _)| shown(bytes)),
        }
    }

    /// Returns the encoding in which to write the record. This is the encoding in which it was
    /// read, as long as leader/09 is unchanged; otherwise the one of leader/09, and the form is
    /// marked as relabelled.
    fn form_to_write(&self, leader: LeaderView<'_>, policy: ErrorPolicy) -> Form {
        let encoding = Encoding::of(leader);
        let Some(origin) = &self.origin else {
            return Form::Iso2709 { encoding, is_relabelled: false, policy };
        };
        let is_relabelled = origin.view().leader().coding_scheme() != leader.coding_scheme();
        match origin.reading {
            Reading::Native(text) if !is_relabelled => {
                Form::Iso2709 { encoding: text.encoding(), is_relabelled, policy }
            }
            _ => Form::Iso2709 { encoding, is_relabelled, policy },
        }
    }

    /// Appends the record as pymarc writes it, which refuses nothing: numbers too large for the
    /// directory get more digits.
    fn write_like_pymarc(&self, py: Python<'_>, target: &mut Vec<u8>) -> PyResult<()> {
        if self.has(py, RecordFlags::TO_UNICODE) {
            self.declare_utf8(py)?;
        }
        let leader = self.leader_text(py);
        let is_utf8 = item(&leader, 9)?.eq("a")? || self.has(py, RecordFlags::FORCE_UTF8);
        let codec = if is_utf8 { Codec::Utf8 } else { Codec::Latin1 };
        let (mut directory, mut data) = (Vec::with_capacity(512), Vec::with_capacity(2048));
        self.write_fields(py, codec, &mut directory, &mut data)?;
        directory.push(FIELD_TERMINATOR);
        data.push(RECORD_TERMINATOR);
        let base = LEADER_LENGTH + directory.len();
        write!(target, "{:05}", base + data.len())?;
        push_slice(&leader, 5, Some(12), codec, target)?;
        write!(target, "{base:05}")?;
        push_slice(&leader, 17, None, codec, target)?;
        target.extend_from_slice(&directory);
        target.extend_from_slice(&data);
        Ok(())
    }

    /// Appends a directory entry and the data of each field.
    fn write_fields(
        &self,
        py: Python<'_>,
        codec: Codec,
        directory: &mut Vec<u8>,
        data: &mut Vec<u8>,
    ) -> PyResult<()> {
        self.each_field(py, &mut |field| match field {
            AnyField::Object(field) => push_field(field, codec, directory, data),
            AnyField::Read(field) => {
                let start = data.len();
                field.write_like_pymarc(py, codec, data)?;
                let tag = field.read_tag(py).unwrap_or_default();
                push_entry(tag.as_bytes(), start, directory, data)
            }
        })
    }
}

/// Returns true if leader and fields are those of this record.
fn is_of(old: RecordRef<'_>, record: &MixedRecord) -> bool {
    old.leader().as_bytes() == &record.leader
        && old.field_count() == record.fields.len()
        && old.fields().eq(record.fields())
}

/// Appends entry and data of one field, an object of any type.
fn push_field(
    field: &Bound<'_, PyAny>,
    codec: Codec,
    directory: &mut Vec<u8>,
    data: &mut Vec<u8>,
) -> PyResult<()> {
    let (py, start) = (field.py(), data.len());
    let class = field.get_type();
    if class.is(py.get_type::<Field>()) {
        field.cast::<Field>()?.get().write_like_pymarc(py, codec, data)?;
    } else if class.is(py.get_type::<RawField>()) {
        RawField::write(field.cast::<Field>()?.get(), py, data)?;
    } else {
        // A subclass may have overridden this method.
        let as_marc = attribute(field, intern!(py, "as_marc"))?;
        let bytes = match field.is_instance_of::<RawField>() {
            true => ask(|| as_marc.call0())?,
            false => {
                let arguments = pyo3::types::PyDict::new(py);
                arguments.set_item("encoding", codec.name())?;
                ask(|| as_marc.call((), Some(&arguments)))?
            }
        };
        data.extend_from_slice(bytes.cast::<PyBytes>()?.as_bytes());
    }
    let tag = match field.cast::<Field>() {
        Ok(field) => field.get().tag(py),
        Err(_) => attribute(field, intern!(py, "tag"))?,
    };
    let tag = tag.cast::<PyString>()?;
    let text = tag.to_str()?;
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return push_entry(text.as_bytes(), start, directory, data);
    }
    let is_number = tag.call_method0(intern!(py, "isdigit"))?.is_truthy()?;
    let padded = match is_number {
        true => {
            let number = py.get_type::<PyInt>().call1((tag,))?;
            number.call_method1(intern!(py, "__format__"), ("03d",))?
        }
        false => tag.call_method1(intern!(py, "__format__"), (">03",))?,
    };
    let encoded = padded.call_method1(intern!(py, "encode"), (codec.name(),))?;
    push_entry(encoded.cast::<PyBytes>()?.as_bytes(), start, directory, data)
}

/// Appends the directory entry of the field whose data begins at `start`.
#[inline]
pub(super) fn push_entry(
    tag: &[u8],
    start: usize,
    directory: &mut Vec<u8>,
    data: &[u8],
) -> PyResult<()> {
    let length = data.len() - start;
    directory.extend_from_slice(tag);
    if length > 9_999 || start > 99_999 {
        return write!(directory, "{length:04}{start:05}").map_err(PyErr::from);
    }
    directory.extend_from_slice(&iso2709::digits::<4>(length));
    directory.extend_from_slice(&iso2709::digits::<5>(start));
    Ok(())
}

/// Appends `leader[start:end]`.
fn push_slice(
    leader: &Bound<'_, PyAny>,
    start: usize,
    end: Option<usize>,
    codec: Codec,
    target: &mut Vec<u8>,
) -> PyResult<()> {
    let py = leader.py();
    if let Ok(text) = leader.cast::<PyString>()
        && let Ok(text) = text.to_str()
        && text.is_ascii()
    {
        let end = end.unwrap_or(text.len()).min(text.len());
        target.extend_from_slice(text.as_bytes().get(start..end).unwrap_or_default());
        return Ok(());
    }
    let part = item(leader, slice(py, Some(start), end)?)?;
    let bytes = part.str()?.call_method1(intern!(py, "encode"), (codec.name(),))?;
    let bytes =
        bytes.cast::<PyBytes>().map_err(|_| PyValueError::new_err("the leader is not text"))?;
    target.extend_from_slice(bytes.as_bytes());
    Ok(())
}
