//! A record, whose fields become objects when they are asked for.

use super::{
    batch_handle::BatchHandle,
    errors::{exception, to_exception},
    field::Field,
    leader::Leader,
};
use crate::{
    encoding::Encoding,
    error::{Error, Place},
    format::iso2709,
    reader::Batch,
    record::{FieldSpan, LEADER_LENGTH, RecordRef, Tag},
};
use pyo3::{
    exceptions::{PyKeyError, PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyList, PyString, PyTuple},
};
use std::sync::Arc;

/// The leader of a record made from nothing: new language material, a monograph, in UTF-8.
const NEW_LEADER: &[u8; LEADER_LENGTH] = b"00000nam a2200000   4500";

/// Where a record that was read stands.
struct Origin {
    batch: Py<BatchHandle>,
    /// Which entry of the batch.
    at: u32,
}

impl Origin {
    #[inline]
    fn view(&self) -> RecordRef<'_> {
        let batch = self.batch.get();
        batch.view_of(&batch.entries()[self.at as usize]).unwrap_or(RecordRef::indexed(b"", &[]))
    }

    #[inline]
    fn spans(&self) -> &[FieldSpan] {
        let batch = self.batch.get();
        batch.spans_of(&batch.entries()[self.at as usize])
    }

    /// A new object for the field at `span`.
    #[inline]
    fn field(&self, py: Python<'_>, span: FieldSpan) -> Field {
        let encoding = Encoding::of(self.view().leader());
        Field::of_record(self.batch.clone_ref(py), self.at, span, encoding)
    }
}

/// The field objects that have been made.
enum Fields {
    /// None: everything is in the bytes.
    Untouched,
    /// Some, each in the place that its field has in the record.
    Some(Box<[Option<Py<Field>>]>),
    /// All, in the live list that the user holds too.
    List(Py<PyList>),
}

/// A bibliographic record: a leader and fields.
///
/// What is read is decoded when it is first asked for. `fields` is a live list, and every field
/// that is handed out is kept: what is changed in it is changed in the record.
#[pyclass(module = "tidemarc", subclass)]
pub(super) struct Record {
    origin: Option<Origin>,
    fields: Fields,
    leader: Option<Py<Leader>>,
}

impl Record {
    #[inline]
    pub(super) const fn of_batch(batch: Py<BatchHandle>, at: usize) -> Self {
        let origin = Some(Origin { batch, at: at as u32 });
        Self { origin, fields: Fields::Untouched, leader: None }
    }

    fn tag_of_nth(&self, nth: usize) -> Tag {
        self.origin.as_ref().map_or_else(Tag::default, |origin| origin.spans()[nth].tag())
    }

    fn count(&self) -> usize {
        self.origin.as_ref().map_or(0, |origin| origin.view().field_count())
    }

    /// The object for the nth field, made now or before.
    fn nth<'py>(&mut self, py: Python<'py>, nth: usize) -> PyResult<Bound<'py, Field>> {
        if let Fields::Some(made) = &self.fields
            && let Some(field) = &made[nth]
        {
            return Ok(field.bind(py).clone());
        }
        let Some(origin) = &self.origin else { return Err(PyKeyError::new_err(nth)) };
        let field = Py::new(py, origin.field(py, origin.spans()[nth]))?;
        if matches!(self.fields, Fields::Untouched) {
            let count = self.count();
            self.fields = Fields::Some((0..count).map(|_| None).collect());
        }
        if let Fields::Some(made) = &mut self.fields {
            made[nth] = Some(field.clone_ref(py));
        }
        Ok(field.into_bound(py))
    }

    /// The live list of all fields.
    fn list<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        if let Fields::List(list) = &self.fields {
            return Ok(list.bind(py).clone());
        }
        let Some(origin) = &self.origin else {
            return Err(PyValueError::new_err("a record without an origin has a list"));
        };
        let spans = origin.spans().iter();
        let list = match &self.fields {
            Fields::Some(made) => {
                let fields = spans.zip(made).map(|(span, made)| match made {
                    Some(made) => Ok(made.clone_ref(py)),
                    None => Py::new(py, origin.field(py, *span)),
                });
                PyList::new(py, fields.collect::<PyResult<Vec<_>>>()?)?
            }
            Fields::Untouched | Fields::List(_) => {
                PyList::new(py, spans.map(|span| origin.field(py, *span)))?
            }
        };
        self.fields = Fields::List(list.clone().unbind());
        Ok(list)
    }

    /// The first field of this tag.
    fn find<'py>(&mut self, py: Python<'py>, tag: &str) -> PyResult<Option<Bound<'py, Field>>> {
        if let Fields::List(list) = &self.fields {
            for field in list.bind(py) {
                let field = field.cast_into::<Field>()?;
                if field.borrow().has_tag(py, tag)? {
                    return Ok(Some(field));
                }
            }
            return Ok(None);
        }
        for nth in 0..self.count() {
            let is_it = match &self.fields {
                Fields::Some(made) if made[nth].is_some() => match &made[nth] {
                    Some(field) => field.bind(py).borrow().has_tag(py, tag)?,
                    None => false,
                },
                _ => self.tag_of_nth(nth) == *tag,
            };
            if is_it {
                return self.nth(py, nth).map(Some);
            }
        }
        Ok(None)
    }

    /// All fields of these tags, in their order.
    fn find_all<'py>(
        &mut self,
        py: Python<'py>,
        tags: &Bound<'py, PyTuple>,
    ) -> PyResult<Vec<Bound<'py, Field>>> {
        let mut found = Vec::new();
        for field in self.list(py)? {
            let field = field.cast_into::<Field>()?;
            for tag in tags {
                if let Ok(tag) = tag.cast::<PyString>()
                    && field.borrow().has_tag(py, tag.to_str()?)?
                {
                    found.push(field.clone());
                    break;
                }
            }
        }
        Ok(found)
    }

    fn leader_bytes(&self, py: Python<'_>) -> [u8; LEADER_LENGTH] {
        match (&self.leader, &self.origin) {
            (Some(leader), _) => leader.bind(py).borrow().0,
            (None, Some(origin)) => *origin.view().leader().as_bytes(),
            (None, None) => *NEW_LEADER,
        }
    }

    /// The record as ISO 2709: the bytes that were read if nobody changed anything.
    pub(super) fn write_to(&self, py: Python<'_>, target: &mut Vec<u8>) -> PyResult<()> {
        if let Some(origin) = &self.origin
            && self.leader.is_none()
            && matches!(self.fields, Fields::Untouched)
        {
            target.extend_from_slice(origin.view().as_bytes());
            return Ok(());
        }
        let leader = self.leader_bytes(py);
        let encoding = Encoding::of(crate::record::Leader::new(&leader));
        let mut fields: Vec<(Tag, Vec<u8>)> = Vec::new();
        match &self.fields {
            Fields::List(list) => {
                for field in list.bind(py) {
                    let field = field.cast::<Field>().map_err(|_| {
                        PyTypeError::new_err("record.fields may hold nothing but Field objects")
                    })?;
                    let field = field.borrow();
                    let mut bytes = Vec::new();
                    field.write_to(py, encoding, &mut bytes)?;
                    fields.push((field.tag_bytes(py)?, bytes));
                }
            }
            Fields::Some(_) | Fields::Untouched => {
                let Some(origin) = &self.origin else { return Ok(()) };
                for (nth, field) in origin.view().fields().enumerate() {
                    let made = match &self.fields {
                        Fields::Some(made) => made[nth].as_ref(),
                        _ => None,
                    };
                    let mut bytes = Vec::new();
                    let tag = match made {
                        Some(made) => {
                            let made = made.bind(py).borrow();
                            made.write_to(py, encoding, &mut bytes)?;
                            made.tag_bytes(py)?
                        }
                        None => {
                            bytes.extend_from_slice(field.as_bytes());
                            field.tag()
                        }
                    };
                    fields.push((tag, bytes));
                }
            }
        }
        if let Some(origin) = &self.origin {
            let view = origin.view();
            let unchanged = *view.leader().as_bytes() == leader
                && view.field_count() == fields.len()
                && view.fields().zip(&fields).all(|(old, (tag, bytes))| {
                    old.tag() == *tag && old.as_bytes() == bytes.as_slice()
                });
            if unchanged {
                target.extend_from_slice(view.as_bytes());
                return Ok(());
            }
        }
        iso2709::write_record(&crate::record::Record::of_parts(leader, fields), target)
            .map_err(|error| exception(py, "WriteError", error.to_string()))
    }

    fn to_bytes(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write_to(py, &mut bytes)?;
        Ok(bytes)
    }
}

#[pymethods]
impl Record {
    #[new]
    #[pyo3(signature = (*, leader=None, fields=None))]
    fn new(
        py: Python<'_>,
        leader: Option<&Bound<'_, PyAny>>,
        fields: Option<Bound<'_, PyList>>,
    ) -> PyResult<Self> {
        let leader = leader.map_or(Ok(*NEW_LEADER), Leader::bytes_of)?;
        let fields = fields.unwrap_or_else(|| PyList::empty(py));
        Ok(Self {
            origin: None,
            fields: Fields::List(fields.unbind()),
            leader: Some(Py::new(py, Leader(leader))?),
        })
    }

    /// The bytes of the record as they stand in the input; None for a record that was made.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        Some(PyBytes::new(py, self.origin.as_ref()?.view().as_bytes()))
    }

    /// The record's number in the input, from 1; faults have one too. None for a record that was
    /// made.
    #[getter]
    fn number(&self) -> Option<u64> {
        let Origin { batch, at } = self.origin.as_ref()?;
        let batch = batch.get();
        Some(batch.number_of(&batch.entries()[*at as usize]))
    }

    /// Where the record begins, in bytes from the start of the input; None for a record that was
    /// made.
    #[getter]
    fn offset(&self) -> Option<u64> {
        let Origin { batch, at } = self.origin.as_ref()?;
        let batch = batch.get();
        Some(batch.offset_of(&batch.entries()[*at as usize]))
    }

    /// The name of the input, or None.
    #[getter]
    fn source(&self) -> Option<&str> {
        self.origin.as_ref()?.batch.get().name().map(|name| &**name)
    }

    /// The leader, which can be changed in place.
    #[getter]
    fn leader<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, Leader>> {
        if self.leader.is_none() {
            self.leader = Some(Py::new(py, Leader(self.leader_bytes(py)))?);
        }
        self.leader
            .as_ref()
            .map(|leader| leader.bind(py).clone())
            .ok_or_else(|| PyValueError::new_err("no leader"))
    }

    #[setter]
    fn set_leader(&mut self, leader: &Bound<'_, PyAny>) -> PyResult<()> {
        self.leader = Some(match leader.cast::<Leader>() {
            Ok(leader) => leader.clone().unbind(),
            Err(_) => Py::new(leader.py(), Leader(Leader::bytes_of(leader)?))?,
        });
        Ok(())
    }

    /// The live list of fields: what is changed in it is changed in the record.
    #[getter(fields)]
    fn live_fields<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.list(py)
    }

    #[setter]
    fn set_fields(&mut self, fields: Bound<'_, PyList>) {
        self.fields = Fields::List(fields.unbind());
    }

    fn __getitem__<'py>(&mut self, py: Python<'py>, tag: &str) -> PyResult<Bound<'py, Field>> {
        self.find(py, tag)?.ok_or_else(|| PyKeyError::new_err(tag.to_owned()))
    }

    fn __contains__(&mut self, py: Python<'_>, tag: &str) -> PyResult<bool> {
        if matches!(self.fields, Fields::Untouched)
            && let Some(origin) = &self.origin
        {
            return Ok(origin.view().fields().any(|field| field.tag() == *tag));
        }
        Ok(self.find(py, tag)?.is_some())
    }

    fn __iter__<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.list(py)?.try_iter()?.into_any())
    }

    /// The first field of this tag, or `default`.
    #[pyo3(signature = (tag, default=None))]
    fn get<'py>(
        &mut self,
        py: Python<'py>,
        tag: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.find(py, tag)?.map(Bound::into_any).or(default))
    }

    /// The fields of these tags, in their order; without tags the live list of all fields.
    #[pyo3(signature = (*tags))]
    fn get_fields<'py>(
        &mut self,
        py: Python<'py>,
        tags: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        if tags.is_empty() {
            return self.list(py);
        }
        PyList::new(py, self.find_all(py, tags)?)
    }

    /// Appends fields.
    #[pyo3(signature = (*fields))]
    fn add_field(&mut self, py: Python<'_>, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        let list = self.list(py)?;
        fields.iter().try_for_each(|field| list.append(field))
    }

    /// Removes these field objects. Raises ValueError for one that is not in the record.
    #[pyo3(signature = (*fields))]
    fn remove_field(&mut self, py: Python<'_>, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        let list = self.list(py)?;
        for field in fields {
            let at = list
                .iter()
                .position(|own| own.is(&field))
                .ok_or_else(|| PyValueError::new_err("the record does not contain this field"))?;
            list.del_item(at)?;
        }
        Ok(())
    }

    /// Removes every field of these tags.
    #[pyo3(signature = (*tags))]
    fn remove_fields(&mut self, py: Python<'_>, tags: &Bound<'_, PyTuple>) -> PyResult<()> {
        for field in self.find_all(py, tags)? {
            self.remove_field(py, &PyTuple::new(py, [field])?)?;
        }
        Ok(())
    }

    /// The title: 245 $a, and $b behind a blank. None without 245 $a.
    #[getter]
    fn title<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let (Fields::Untouched, Some(origin)) = (&self.fields, &self.origin) {
            let tag = Tag::new(*b"245");
            let Some(span) = origin.spans().iter().find(|span| span.tag() == tag) else {
                return Ok(None);
            };
            return origin.field(py, *span).title(py);
        }
        let Some(field) = self.find(py, "245")? else { return Ok(None) };
        field.borrow().title(py)
    }

    /// The record as ISO 2709. One that nobody changed comes out byte for byte as it was read.
    fn as_marc<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        if let (Fields::Untouched, Some(origin), None) = (&self.fields, &self.origin, &self.leader)
        {
            return Ok(PyBytes::new(py, origin.view().as_bytes()));
        }
        Ok(PyBytes::new(py, &self.to_bytes(py)?))
    }

    /// A copy that does not keep the chunk in memory that the record was read with.
    fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (function, parts) = Self::__reduce__(slf)?;
        let copy = slf.py().import("copy")?.getattr("deepcopy")?;
        function.call1(copy.call1((parts,))?.cast_into::<PyTuple>()?)
    }

    /// `=LDR  …` and a line a field, as MARCMaker has it.
    fn __str__(&mut self, py: Python<'_>) -> PyResult<String> {
        let leader = Leader(self.leader_bytes(py));
        let mut text = format!("=LDR  {}\n", leader.text(0..LEADER_LENGTH));
        for field in self.list(py)? {
            text.push_str(field.str()?.to_str()?);
            text.push('\n');
        }
        Ok(text)
    }

    fn __repr__(&self) -> String {
        let number = self.number().map_or_else(String::new, |number| format!(" {number}"));
        let control_number = self
            .origin
            .as_ref()
            .and_then(|origin| origin.view().control_number())
            .map_or_else(String::new, |id| format!(" (001 {})", id.escape_ascii()));
        format!("<tidemarc.Record{number}{control_number}>")
    }

    /// Pickles and copies a record: the bytes it was read from, its place, and what was changed.
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let class = slf.get_type();
        let mut record = slf.borrow_mut();
        let touched = !matches!(record.fields, Fields::Untouched);
        let fields = if touched { Some(record.list(py)?) } else { None };
        let leader = record.leader.as_ref().map(|leader| PyBytes::new(py, &leader.borrow(py).0));
        let parts = (
            class,
            record.raw(py),
            record.number(),
            record.offset(),
            record.source().map(str::to_owned),
            leader,
            fields,
        );
        let restore = py.import("tidemarc._types")?.getattr("restore_record")?;
        Ok((restore, parts.into_pyobject(py)?))
    }

    /// Puts a record that `__new__` has just made into the state that `__reduce__` told.
    fn _restore(
        &mut self,
        py: Python<'_>,
        raw: Option<Vec<u8>>,
        place: (Option<u64>, Option<u64>, Option<String>),
        leader: Option<[u8; LEADER_LENGTH]>,
        fields: Option<Bound<'_, PyList>>,
    ) -> PyResult<()> {
        let (number, offset, source) = place;
        self.origin = match raw {
            None => None,
            Some(raw) => {
                let name = source.map(|source| Arc::from(source.as_str()));
                let batch = Batch::of_one(raw, number.unwrap_or(1), offset.unwrap_or(0), name)
                    .map_err(|fault| to_exception(py, &Error::new(fault, Place::default())))?;
                Some(Origin { batch: BatchHandle::new(py, Arc::new(batch))?, at: 0 })
            }
        };
        self.leader = leader.map(|leader| Py::new(py, Leader(leader))).transpose()?;
        self.fields = match fields {
            Some(fields) => Fields::List(fields.unbind()),
            None if self.origin.is_some() => Fields::Untouched,
            None => Fields::List(PyList::empty(py).unbind()),
        };
        Ok(())
    }
}
