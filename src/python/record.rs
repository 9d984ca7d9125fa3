//! A record, whose fields become objects when they are asked for.

use super::{
    batch_handle::BatchHandle,
    errors::{exception, to_exception},
    field::{Field, Reduced},
    gil_cell::{GilCell, Held},
    leader::{Leader, latin1},
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

/// The objects for some fields of a record, each in the place that its field has there.
type Made = Arc<[GilCell<Option<Py<Field>>>]>;

/// The field objects that have been made.
enum Fields {
    /// None: everything is in the bytes.
    Untouched,
    /// Some.
    Some(Made),
    /// All, in the live list that the user holds too.
    List(Py<PyList>),
}

impl Held for Fields {
    #[inline]
    fn held(&self, py: Python<'_>) -> Self {
        match self {
            Self::Untouched => Self::Untouched,
            Self::Some(made) => Self::Some(Arc::clone(made)),
            Self::List(list) => Self::List(list.clone_ref(py)),
        }
    }
}

/// A bibliographic record: a leader and fields.
///
/// What is read is decoded when it is first asked for. `fields` is a live list, and every field
/// that is handed out is kept: what is changed in it is changed in the record.
#[pyclass(frozen, module = "tidemarc", subclass)]
pub(super) struct Record {
    origin: Option<Origin>,
    fields: GilCell<Fields>,
    leader: GilCell<Option<Py<Leader>>>,
}

impl Record {
    #[inline]
    pub(super) const fn of_batch(batch: Py<BatchHandle>, at: usize) -> Self {
        let origin = Some(Origin { batch, at: at as u32 });
        Self { origin, fields: GilCell::new(Fields::Untouched), leader: GilCell::new(None) }
    }

    /// The object for the nth field, made now or before.
    fn nth<'py>(
        &self,
        origin: &Origin,
        made: &Made,
        py: Python<'py>,
        nth: usize,
    ) -> PyResult<Bound<'py, Field>> {
        if let Some(field) = made[nth].get(py) {
            return Ok(field.into_bound(py));
        }
        let field = Bound::new(py, origin.field(py, origin.spans()[nth]))?;
        if let Some(field) = made[nth].get(py) {
            // Python code that ran meanwhile was faster.
            return Ok(field.into_bound(py));
        }
        made[nth].set(py, Some(field.clone().unbind()));
        Ok(field)
    }

    /// The live list of all fields.
    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let was_untouched = matches!(self.fields.get(py), Fields::Untouched);
        let made = match (self.fields.get(py), &self.origin) {
            (Fields::List(list), _) => return Ok(list.into_bound(py)),
            (_, None) => return Err(PyValueError::new_err("a record that was made has a list")),
            (fields, Some(origin)) => {
                let spans = origin.spans().iter();
                match &fields {
                    Fields::Some(made) => {
                        let fields = (0..made.len()).map(|nth| self.nth(origin, made, py, nth));
                        PyList::new(py, fields.collect::<PyResult<Vec<_>>>()?)?
                    }
                    _ => PyList::new(py, spans.map(|span| origin.field(py, *span)))?,
                }
            }
        };
        // Python code that ran meanwhile, such as a finalizer, was faster: what it was handed is what
        // counts.
        match self.fields.get(py) {
            Fields::List(list) => return Ok(list.into_bound(py)),
            Fields::Some(_) if was_untouched => return self.list(py),
            Fields::Some(_) | Fields::Untouched => {}
        }
        self.fields.set(py, Fields::List(made.clone().unbind()));
        Ok(made)
    }

    /// The first field of this tag.
    fn find<'py>(&self, py: Python<'py>, tag: &str) -> PyResult<Option<Bound<'py, Field>>> {
        let fields = self.fields.get(py);
        let Some(origin) = &self.origin else { return self.find_in_list(py, tag) };
        let made = match fields {
            Fields::List(_) => return self.find_in_list(py, tag),
            Fields::Some(made) => made,
            Fields::Untouched => {
                if !origin.spans().iter().any(|span| span.tag() == *tag) {
                    return Ok(None);
                }
                let made: Made = origin.spans().iter().map(|_| GilCell::new(None)).collect();
                self.fields.set(py, Fields::Some(Arc::clone(&made)));
                made
            }
        };
        for (nth, span) in origin.spans().iter().enumerate() {
            let is_it = match made[nth].get(py) {
                Some(field) => field.get().has_tag(py, tag)?,
                None => span.tag() == *tag,
            };
            if is_it {
                return self.nth(origin, &made, py, nth).map(Some);
            }
        }
        Ok(None)
    }

    fn find_in_list<'py>(&self, py: Python<'py>, tag: &str) -> PyResult<Option<Bound<'py, Field>>> {
        for field in self.list(py)? {
            let field = field.cast_into::<Field>()?;
            if field.get().has_tag(py, tag)? {
                return Ok(Some(field));
            }
        }
        Ok(None)
    }

    /// All fields of these tags, in their order.
    fn find_all<'py>(
        &self,
        py: Python<'py>,
        tags: &Bound<'py, PyTuple>,
    ) -> PyResult<Vec<Bound<'py, Field>>> {
        let mut found = Vec::new();
        for field in self.list(py)? {
            let field = field.cast_into::<Field>()?;
            for tag in tags {
                if let Ok(tag) = tag.cast::<PyString>()
                    && field.get().has_tag(py, tag.to_str()?)?
                {
                    found.push(field.clone());
                    break;
                }
            }
        }
        Ok(found)
    }

    fn leader_bytes(&self, py: Python<'_>) -> [u8; LEADER_LENGTH] {
        match (self.leader.get(py), &self.origin) {
            (Some(leader), _) => leader.get().bytes(py),
            (None, Some(origin)) => *origin.view().leader().as_bytes(),
            (None, None) => *NEW_LEADER,
        }
    }

    /// The bytes that were read, if nothing that could be changed has been handed out.
    #[inline]
    fn untouched(&self, py: Python<'_>) -> Option<&[u8]> {
        let origin = self.origin.as_ref()?;
        let is_untouched =
            !self.leader.is_some(py) && matches!(self.fields.get(py), Fields::Untouched);
        is_untouched.then(|| origin.view().as_bytes())
    }

    /// The record as ISO 2709: the bytes that were read if nobody changed anything.
    pub(super) fn write_to(&self, py: Python<'_>, target: &mut Vec<u8>) -> PyResult<()> {
        if let Some(bytes) = self.untouched(py) {
            target.extend_from_slice(bytes);
            return Ok(());
        }
        let leader = self.leader_bytes(py);
        let encoding = Encoding::of(crate::record::Leader::new(&leader));
        let mut fields: Vec<(Tag, Vec<u8>)> = Vec::new();
        for field in self.list(py)? {
            let field = field.cast_into::<Field>().map_err(|_| {
                PyTypeError::new_err("record.fields may hold nothing but Field objects")
            })?;
            let mut bytes = Vec::new();
            field.get().write_to(py, encoding, &mut bytes)?;
            fields.push((field.get().tag_bytes(py)?, bytes));
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
    #[pyo3(signature = (*, leader=None, fields=None, _origin=None))]
    fn new(
        py: Python<'_>,
        leader: Option<&Bound<'_, PyAny>>,
        fields: Option<Bound<'_, PyList>>,
        _origin: Option<(Vec<u8>, u64, u64, Option<String>)>,
    ) -> PyResult<Self> {
        let origin = _origin.map(|(raw, number, offset, source)| {
            let name = source.map(|source| Arc::from(source.as_str()));
            let batch = Batch::of_one(raw, number, offset, name)
                .map_err(|fault| to_exception(py, &Error::new(fault, Place::default())))?;
            Ok::<_, PyErr>(Origin { batch: BatchHandle::new(py, Arc::new(batch))?, at: 0 })
        });
        let origin = origin.transpose()?;
        let leader = match (leader, &origin) {
            (None, Some(_)) => None,
            (None, None) => Some(Py::new(py, Leader::of(*NEW_LEADER))?),
            (Some(leader), _) => Some(Py::new(py, Leader::of(Leader::bytes_of(leader)?))?),
        };
        let fields = match (fields, &origin) {
            (None, Some(_)) => Fields::Untouched,
            (None, None) => Fields::List(PyList::empty(py).unbind()),
            (Some(fields), _) => Fields::List(fields.unbind()),
        };
        Ok(Self { origin, fields: GilCell::new(fields), leader: GilCell::new(leader) })
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
    fn leader<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Leader>> {
        if let Some(leader) = self.leader.get(py) {
            return Ok(leader.into_bound(py));
        }
        let leader = Bound::new(py, Leader::of(self.leader_bytes(py)))?;
        self.leader.set(py, Some(leader.clone().unbind()));
        Ok(leader)
    }

    #[setter]
    fn set_leader(&self, leader: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = leader.py();
        let leader = match leader.cast::<Leader>() {
            Ok(leader) => leader.clone().unbind(),
            Err(_) => Py::new(py, Leader::of(Leader::bytes_of(leader)?))?,
        };
        self.leader.set(py, Some(leader));
        Ok(())
    }

    /// The live list of fields: what is changed in it is changed in the record.
    #[getter(fields)]
    fn live_fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.list(py)
    }

    #[setter]
    fn set_fields(&self, fields: Bound<'_, PyList>) {
        let py = fields.py();
        self.fields.set(py, Fields::List(fields.unbind()));
    }

    fn __getitem__<'py>(&self, py: Python<'py>, tag: &str) -> PyResult<Bound<'py, Field>> {
        self.find(py, tag)?.ok_or_else(|| PyKeyError::new_err(tag.to_owned()))
    }

    fn __contains__(&self, py: Python<'_>, tag: &str) -> PyResult<bool> {
        if let (Fields::Untouched, Some(origin)) = (self.fields.get(py), &self.origin) {
            return Ok(origin.spans().iter().any(|span| span.tag() == *tag));
        }
        Ok(self.find(py, tag)?.is_some())
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.list(py)?.try_iter()?.into_any())
    }

    /// The first field of this tag, or `default`.
    #[pyo3(signature = (tag, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        tag: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.find(py, tag)?.map(Bound::into_any).or(default))
    }

    /// The fields of these tags, in their order; without tags the live list of all fields.
    #[pyo3(signature = (*tags))]
    fn get_fields<'py>(
        &self,
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
    fn add_field(&self, py: Python<'_>, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        let list = self.list(py)?;
        fields.iter().try_for_each(|field| list.append(field))
    }

    /// Removes these field objects. Raises ValueError for one that is not in the record.
    #[pyo3(signature = (*fields))]
    fn remove_field(&self, py: Python<'_>, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
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
    fn remove_fields(&self, py: Python<'_>, tags: &Bound<'_, PyTuple>) -> PyResult<()> {
        for field in self.find_all(py, tags)? {
            self.remove_field(py, &PyTuple::new(py, [field])?)?;
        }
        Ok(())
    }

    /// The title: 245 $a, and $b behind a blank. None without 245 $a.
    #[getter]
    fn title<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let (Fields::Untouched, Some(origin)) = (self.fields.get(py), &self.origin) {
            let tag = Tag::new(*b"245");
            let Some(span) = origin.spans().iter().find(|span| span.tag() == tag) else {
                return Ok(None);
            };
            return origin.field(py, *span).title(py);
        }
        let Some(field) = self.find(py, "245")? else { return Ok(None) };
        field.get().title(py)
    }

    /// The record as ISO 2709. One that nobody changed comes out byte for byte as it was read.
    fn as_marc<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        if let Some(bytes) = self.untouched(py) {
            return Ok(PyBytes::new(py, bytes));
        }
        Ok(PyBytes::new(py, &self.to_bytes(py)?))
    }

    /// A copy that does not keep the chunk in memory that the record was read with.
    fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("copy")?.call_method1("deepcopy", (slf,))
    }

    /// `=LDR  …` and a line a field, as MARCMaker has it.
    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = format!("=LDR  {}\n", latin1(&self.leader_bytes(py)));
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

    /// Pickles and copies a record: the bytes it was read from, its place, what was changed, and
    /// the attributes that a Python subclass gave it.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let py = slf.py();
        let record = slf.get();
        let origin = record
            .raw(py)
            .map(|raw| (raw, record.number(), record.offset(), record.source().map(str::to_owned)));
        let fields = match record.fields.get(py) {
            Fields::Untouched => None,
            Fields::Some(_) | Fields::List(_) => Some(record.list(py)?),
        };
        let leader = record.leader.is_some(py).then(|| latin1(&record.leader_bytes(py)));
        let restore = py.import("tidemarc._types")?.getattr("restore_record")?;
        let parts = (slf.get_type(), leader, fields, origin).into_pyobject(py)?;
        let attributes = slf.getattr_opt("__dict__")?.unwrap_or_else(|| py.None().into_bound(py));
        Ok((restore, parts, attributes))
    }
}
