//! A field, decoded on first access.

mod check;
mod copy;
mod indicators;
mod make;
mod origin;
mod parts;
mod subfields;
mod text;
mod text_read;
mod write;

use super::{
    gil::{gil_cell::GilCell, nesting::let_go},
    objects,
    pickle::{Reduced, argument_among, set_state},
    text::to_str,
};
pub(crate) use copy::{FieldArgument, FieldState};
use origin::Origin;
pub(crate) use parts::FieldView;
use pyo3::{
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType},
};
pub(crate) use text::plain_title;
use text_read::head_of;
pub(crate) use write::{Codec, Form, Written};

/// Position of an iteration that has not begun.
const NOT_BEGUN: u32 = u32::MAX;

/// A field of a record: control data, or indicators and subfields.
///
/// A field that was read is decoded on first access. A change to a field changes its record.
/// `subfields` is a live list of `Subfield(code, value)`.
#[pyclass(frozen, module = "tidemarc", subclass)]
pub(crate) struct Field {
    origin: Option<Origin>,
    control: GilCell<bool>,
    /// Number of subfields that the iteration has returned.
    position: GilCell<u32>,
    /// The tag, if it was set. Otherwise the origin has it.
    tag: GilCell<Option<Py<PyAny>>>,
    /// Control data, once it was decoded or set.
    data: GilCell<Option<Py<PyAny>>>,
    /// An `Indicators`, once it was made or set.
    indicators: GilCell<Option<Py<PyAny>>>,
    /// The live list, once it was made or set.
    subfields: GilCell<Option<Py<PyAny>>>,
}

impl Field {
    #[inline]
    const fn empty(origin: Option<Origin>, control: bool) -> Self {
        Self {
            origin,
            control: GilCell::new(control),
            position: GilCell::new(NOT_BEGUN),
            tag: GilCell::new(None),
            data: GilCell::new(None),
            indicators: GilCell::new(None),
            subfields: GilCell::new(None),
        }
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        let cells = [&mut self.tag, &mut self.data, &mut self.indicators, &mut self.subfields];
        cells.into_iter().filter_map(|cell| cell.get_mut().take()).for_each(let_go);
    }
}

#[pymethods]
impl Field {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(tag, indicators=None, subfields=None, data=None)")]
    pub(crate) fn new(
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        match argument_among::<FieldArgument>(_args) {
            Some(argument) => Self::of_bytes(_args.py(), &argument.get().0),
            None => Ok(Self::empty(None, false)),
        }
    }

    #[pyo3(signature = (tag, indicators=None, subfields=None, data=None))]
    fn __init__(
        &self,
        tag: &Bound<'_, PyAny>,
        indicators: Option<&Bound<'_, PyAny>>,
        subfields: Option<Bound<'_, PyAny>>,
        data: Option<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.fill(tag, indicators, subfields, data)
    }

    /// The tag: three characters.
    #[getter]
    pub(crate) fn tag<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match (self.tag.get(py), &self.origin) {
            (Some(text), _) => text.into_bound(py),
            (None, Some(origin)) => objects::tag_text(py, origin.tag).into_any(),
            (None, None) => PyString::new(py, "").into_any(),
        }
    }

    #[setter]
    fn set_tag(&self, tag: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_tag(tag)?;
        self.tag.set(tag.py(), Some(tag.clone().unbind()));
        Ok(())
    }

    /// True for a control field, which has data and neither indicators nor subfields.
    #[inline]
    #[getter(control_field)]
    pub(crate) fn is_control(&self, py: Python<'_>) -> bool {
        self.control.get(py)
    }

    #[setter]
    fn set_control_field(&self, py: Python<'_>, control: bool) -> PyResult<()> {
        self.check_kind(py, control)?;
        self.control.set(py, control);
        Ok(())
    }

    /// The data of a control field; None for a data field.
    #[getter]
    pub(crate) fn data<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        // The cell comes first: the bytes may no longer be in the processor's cache.
        if let Some(data) = self.data.get(py) {
            return Ok(Some(data.into_bound(py)));
        }
        let Some((bytes, reading)) = self.bytes().filter(|_| self.is_control(py)) else {
            return Ok(None);
        };
        let data = self.data.get_or_make(py, || {
            let data = to_str(py, bytes, reading)
                .or_else(|_| self.read_text(py).map(|text| PyString::new(py, &text)));
            Ok(data?.into_any())
        });
        data.map(Some)
    }

    #[setter]
    fn set_data(&self, data: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_data(data)?;
        self.data.set(data.py(), Some(data.clone().unbind()));
        Ok(())
    }

    /// `Indicators(first, second)`; None for a control field.
    #[getter]
    fn indicators<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.origin.as_ref().is_none_or(|origin| origin.tag.is_control()) {
            return Ok(self.indicators.get(py).map(|indicators| indicators.into_bound(py)));
        }
        let indicators = self.indicators.get_or_make(py, || {
            let [first, second] = self.read_indicators(py)?;
            objects::indicators(py, first, second)
        });
        indicators.map(Some)
    }

    #[setter]
    fn set_indicators(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.put_indicators(value)
    }

    /// The first indicator; `""` for a control field.
    #[getter]
    pub(crate) fn indicator1<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.indicator(py, 0)
    }

    #[setter]
    fn set_indicator1(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_indicator("first", value)
    }

    /// The second indicator; `""` for a control field.
    #[getter]
    pub(crate) fn indicator2<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.indicator(py, 1)
    }

    #[setter]
    fn set_indicator2(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_indicator("second", value)
    }

    /// The live list of `Subfield(code, value)`. A change to it changes the record.
    #[getter(subfields)]
    pub(crate) fn live_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.subfields.get_or_make(py, || {
            let list = PyList::empty(py);
            if !self.is_control(py) {
                for (code, value) in FieldView::new(&self.read_text(py)?) {
                    list.append(objects::subfield(py, code, value)?)?;
                }
            }
            Ok(list.into_any())
        })
    }

    #[setter]
    fn set_subfields(&self, subfields: &Bound<'_, PyAny>) -> PyResult<()> {
        self.check_list(subfields)?;
        self.subfields.set(subfields.py(), Some(subfields.clone().unbind()));
        Ok(())
    }

    /// Returns the value of the first subfield with this code, or `default`.
    #[pyo3(signature = (code, default=None))]
    fn get<'py>(
        &self,
        code: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.find(code)?.or(default))
    }

    fn __getitem__<'py>(&self, code: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.find(code)?.ok_or_else(|| self.no_subfield(code))
    }

    fn __setitem__(&self, code: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.replace_value(code, value)
    }

    fn __contains__(&self, code: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.find(code)?.is_some())
    }

    /// Returns the field itself, which iterates over its subfields from the first on.
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf.get().position.set(slf.py(), 0);
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.next_subfield(py)
    }

    /// Returns the values of the subfields with these codes, in the order of the field.
    #[pyo3(signature = (*codes))]
    fn get_subfields<'py>(&self, codes: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyList>> {
        self.values_with(codes)
    }

    /// Appends a subfield, or inserts it at `pos`. Raises `ValueError` for a control field that
    /// tidemarc read. Any other control field remains unchanged, as in pymarc.
    #[pyo3(signature = (code, value, pos=None))]
    fn add_subfield(
        &self,
        code: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        pos: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.insert_subfield(code, value, pos)
    }

    /// Removes the first subfield with this code. Returns its value, or None.
    fn delete_subfield<'py>(
        &self,
        code: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.take_subfield(code)
    }

    /// Returns a dict from each code to the list of its values.
    fn subfields_as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.dict_of_lists(py)
    }

    /// Converts `["a", "A", "b", "B"]`, the form of subfields before pymarc 5, to `[Subfield("a",
    /// "A"), Subfield("b", "B")]`.
    #[classmethod]
    fn convert_legacy_subfields<'py>(
        _cls: &Bound<'py, PyType>,
        subfields: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        subfields::of_legacy_list(subfields)
    }

    /// Returns the data of a control field, or the stripped values of all subfields, joined by
    /// blanks.
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.joined_value(py)
    }

    /// Returns the value as a heading, without $6. In a subject field (6xx) each subdivision (v, x,
    /// y, z) follows a `--`.
    fn format_field<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::heading(slf)
    }

    /// Returns the same as `control_field`.
    fn is_control_field(&self, py: Python<'_>) -> bool {
        self.is_control(py)
    }

    /// Returns true if the tag begins with 6.
    fn is_subject_field<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.is_subject(py)
    }

    /// Returns the occurrence number in $6, such as `01` in `880-01/$1`; None without $6.
    fn linkage_occurrence_num<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::occurrence_number(slf)
    }

    /// Returns the bytes of the field in a record of ISO 2709, with the terminator.
    fn as_marc<'py>(
        slf: &Bound<'py, Self>,
        encoding: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::encoded(slf, encoding)
    }

    /// Returns the same as `as_marc`.
    fn as_marc21<'py>(
        slf: &Bound<'py, Self>,
        encoding: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::encoded(slf, encoding)
    }

    /// Returns the MARCMaker line `=245  10$aTitle`. Blanks outside of text are written as
    /// backslashes.
    fn __str__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.line(py)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        text::shown(slf)
    }

    /// Returns a table of HTML, for notebooks.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("tidemarc._shown")?.call_method1("field", (slf,))
    }

    /// The bytes of the field in the input, without the terminator; None for a field that a program
    /// made. They do not contain later changes.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.bytes().map(|(bytes, _)| PyBytes::new(py, bytes))
    }

    /// Pickles and copies a field: its original bytes, the values that were set or handed out, and
    /// the attributes of a Python subclass.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        Self::reduced(slf)
    }

    /// Returns the whole field in the form of pymarc's fields: the attributes of a subclass, and a
    /// dict of the other parts.
    fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::state(slf)
    }

    /// Restores the result of `__getstate__`, tidemarc's or pymarc's.
    fn __setstate__<'py>(slf: &Bound<'py, Self>, state: &Bound<'py, PyAny>) -> PyResult<()> {
        set_state(slf.as_any(), state, |name, value| slf.get().put_slot(name, value))
    }

    /// Returns a copy that shares the list of subfields.
    fn __copy__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::shared_copy(slf)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        for cell in [&self.tag, &self.data, &self.indicators, &self.subfields] {
            cell.visit(&visit)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            for cell in [&self.tag, &self.data, &self.indicators, &self.subfields] {
                cell.set(py, None);
            }
        });
    }
}
