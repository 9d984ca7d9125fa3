//! The fields of a record: found in the bytes until the live list is accessed, and then in the
//! list.

use super::{Origin, Record};
use crate::{
    python::{
        field::Field,
        gil::{
            gil_cell::{GilCell, GilValue},
            nesting::{ask, attribute, item},
        },
        objects::{elements, slice},
        pymarc::exceptions,
    },
    record::Tag,
    select::TagPattern,
};
use pyo3::{
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyList, PySet, PyString, PyTuple},
};
use std::sync::Arc;

/// The objects for some fields of a record, each at the index of its field.
pub(super) type Made = Arc<[GilCell<Option<Py<Field>>>]>;

/// The field objects that were made.
pub(super) enum FieldObjects {
    /// No object was made: everything is in the bytes.
    Untouched,
    /// Some objects.
    Some(Made),
    /// All objects, in the live list that the program may hold too.
    List(Py<PyAny>),
}

impl FieldObjects {
    /// Makes an empty live list.
    pub(super) fn none(py: Python<'_>) -> Self {
        Self::List(PyList::empty(py).into_any().unbind())
    }
}

/// A field in [`Record::each_field`].
pub(super) enum AnyField<'a, 'py> {
    /// A field without an object.
    Read(&'a Field),
    /// An object of any type.
    Object(&'a Bound<'py, PyAny>),
}

impl GilValue for FieldObjects {
    #[inline]
    fn share(&self, py: Python<'_>) -> Self {
        match self {
            Self::Untouched => Self::Untouched,
            Self::Some(made) => Self::Some(Arc::clone(made)),
            Self::List(list) => Self::List(list.clone_ref(py)),
        }
    }
}

/// The tags to look for.
struct Wanted<'a, 'py> {
    tags: Tags<'a, 'py>,
    /// The tags with a wildcard, which only a record of tidemarc has.
    patterns: Vec<TagPattern>,
}

/// Returns the tags that have a wildcard.
#[inline]
fn patterns_among(tags: &[&str]) -> Vec<TagPattern> {
    let may_be_pattern = |tag: &&&str| tag.bytes().any(|byte| matches!(byte, b'X' | b'x' | b'.'));
    match tags.iter().find(may_be_pattern) {
        None => Vec::new(),
        Some(_) => {
            let patterns = tags.iter().filter_map(|tag| tag.parse::<TagPattern>().ok());
            patterns.filter(|pattern| pattern.has_wildcard()).collect()
        }
    }
}

/// The tags as the program passed them.
enum Tags<'a, 'py> {
    /// Only text. It can be compared with fields that were read.
    Texts(Vec<&'a str>),
    /// Any other object. It is compared as in pymarc: with one tag or with a set.
    One(&'a Bound<'py, PyAny>),
    Any(Bound<'py, PySet>),
}

impl<'a, 'py> Wanted<'a, 'py> {
    /// Takes tags as they are, without wildcards.
    const fn exactly(tags: Vec<&'a str>) -> Self {
        Self { tags: Tags::Texts(tags), patterns: Vec::new() }
    }

    /// Takes the tags that a program passed.
    #[inline]
    fn new(tags: &'a [Bound<'py, PyAny>], has_wildcards: bool) -> PyResult<Self> {
        let text = |tag: &'a Bound<'py, PyAny>| tag.cast::<PyString>().ok()?.to_str().ok();
        let among = |texts: &[&str]| {
            if has_wildcards { patterns_among(texts) } else { Vec::new() }
        };
        if let Some(texts) = tags.iter().map(text).collect::<Option<Vec<_>>>() {
            return Ok(Self { patterns: among(&texts), tags: Tags::Texts(texts) });
        }
        let texts: Vec<_> = tags.iter().filter_map(text).collect();
        let patterns = among(&texts);
        let tags = match tags {
            [first, _, ..] => Tags::Any(PySet::new(first.py(), tags)?),
            [tag] => Tags::One(tag),
            [] => Tags::Texts(texts),
        };
        Ok(Self { tags, patterns })
    }

    /// Returns true if a field that is only in the bytes is wanted.
    #[inline]
    fn has_tag(&self, tag: Tag) -> bool {
        // The tag of a field that was read can only be equal to text.
        let is_tag = match &self.tags {
            Tags::Texts(texts) => texts.iter().any(|&text| tag == *text),
            Tags::One(_) => false,
            Tags::Any(set) => tag.as_str().is_some_and(|tag| set.contains(tag).unwrap_or(false)),
        };
        is_tag || (!self.patterns.is_empty() && self.has_pattern(tag))
    }

    /// Returns true if a tag with a wildcard matches.
    #[inline(never)]
    fn has_pattern(&self, tag: Tag) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(tag))
    }

    /// Returns true if this object is wanted, by its attribute `tag`.
    fn has(&self, field: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = field.py();
        if let Ok(field) = field.cast::<Field>()
            && let Some(tag) = field.get().read_tag(py)
        {
            return Ok(self.has_tag(tag));
        }
        let tag = attribute(field, intern!(py, "tag"))?;
        if !self.patterns.is_empty()
            && let Ok(text) = tag.cast::<PyString>()
            && let Ok(bytes) = <[u8; 3]>::try_from(text.to_str().unwrap_or_default().as_bytes())
            && self.has_pattern(Tag::new(bytes))
        {
            return Ok(true);
        }
        match &self.tags {
            Tags::Texts(texts) => match tag.cast::<PyString>() {
                Ok(tag) => Ok(tag.to_str().is_ok_and(|tag| texts.contains(&tag))),
                Err(_) => Ok(false),
            },
            Tags::One(wanted) => tag.eq(wanted),
            Tags::Any(set) => set.contains(tag),
        }
    }
}

impl Record {
    /// Returns the object for the nth field, and makes it if necessary.
    fn nth<'py>(
        &self,
        origin: &Origin,
        made: &Made,
        py: Python<'py>,
        nth: usize,
    ) -> PyResult<Bound<'py, Field>> {
        made[nth].get_or_make(py, || Bound::new(py, origin.field(py, origin.spans()[nth])))
    }

    /// Returns the live list of all fields, or the object that a program has put in its place.
    pub(crate) fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let was_untouched = matches!(self.fields.get(py), FieldObjects::Untouched);
        let made = match (self.fields.get(py), &self.origin) {
            (FieldObjects::List(list), _) => return Ok(list.into_bound(py)),
            (_, None) => PyList::empty(py),
            (fields, Some(origin)) => {
                let spans = origin.spans().iter();
                match &fields {
                    FieldObjects::Some(made) => {
                        let fields = (0..made.len()).map(|nth| self.nth(origin, made, py, nth));
                        PyList::new(py, fields.collect::<PyResult<Vec<_>>>()?)?
                    }
                    _ => PyList::new(py, spans.map(|span| origin.field(py, *span)))?,
                }
            }
        };
        // Python code that ran meanwhile, such as a finalizer, may have made objects already. Those
        // that it received are kept.
        match self.fields.get(py) {
            FieldObjects::List(list) => return Ok(list.into_bound(py)),
            FieldObjects::Some(_) if was_untouched => return self.list(py),
            FieldObjects::Some(_) | FieldObjects::Untouched => {}
        }
        self.fields.set(py, FieldObjects::List(made.clone().into_any().unbind()));
        Ok(made.into_any())
    }

    /// Calls `each` with every field. Makes no objects.
    pub(super) fn each_field<'py>(
        &self,
        py: Python<'py>,
        each: &mut dyn FnMut(AnyField<'_, 'py>) -> PyResult<()>,
    ) -> PyResult<()> {
        let fields = self.fields.get(py);
        let (false, Some(origin)) = (matches!(fields, FieldObjects::List(_)), &self.origin) else {
            return elements(&self.list(py)?)?.iter().try_for_each(|it| each(AnyField::Object(it)));
        };
        origin.spans().iter().enumerate().try_for_each(|(nth, span)| {
            let made = match &fields {
                FieldObjects::Some(made) => made[nth].get(py),
                _ => None,
            };
            match made {
                Some(field) => each(AnyField::Object(field.bind(py).as_any())),
                None => each(AnyField::Read(&origin.field(py, *span))),
            }
        })
    }

    /// Returns the objects made so far, with room for the others; `None` once the live list was
    /// made.
    fn made(&self, py: Python<'_>, origin: &Origin) -> Option<Made> {
        match self.fields.get(py) {
            FieldObjects::List(_) => None,
            FieldObjects::Some(made) => Some(made),
            FieldObjects::Untouched => {
                let made: Made = origin.spans().iter().map(|_| GilCell::new(None)).collect();
                self.fields.set(py, FieldObjects::Some(Arc::clone(&made)));
                Some(made)
            }
        }
    }

    /// Calls `found` with each field that is wanted, until it returns true.
    fn search<'py>(
        &self,
        py: Python<'py>,
        wanted: &Wanted<'_, 'py>,
        found: &mut dyn FnMut(Bound<'py, PyAny>) -> bool,
    ) -> PyResult<()> {
        if let (Some(origin), true) =
            (&self.origin, !matches!(self.fields.get(py), FieldObjects::List(_)))
        {
            let is_untouched = matches!(self.fields.get(py), FieldObjects::Untouched);
            if is_untouched && !origin.spans().iter().any(|span| wanted.has_tag(span.tag())) {
                return Ok(());
            }
            if let Some(made) = self.made(py, origin) {
                for (nth, span) in origin.spans().iter().enumerate() {
                    let is_it = match made[nth].get(py) {
                        Some(field) => wanted.has(field.bind(py).as_any())?,
                        None => wanted.has_tag(span.tag()),
                    };
                    if is_it && found(self.nth(origin, &made, py, nth)?.into_any()) {
                        return Ok(());
                    }
                }
                return Ok(());
            }
        }
        for field in elements(&self.list(py)?)? {
            if wanted.has(&field)? && found(field) {
                break;
            }
        }
        Ok(())
    }

    fn first<'py>(
        &self,
        py: Python<'py>,
        wanted: &Wanted<'_, 'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut first = None;
        self.search(py, wanted, &mut |field| {
            first = Some(field);
            true
        })?;
        Ok(first)
    }

    /// Takes the tags that a program passed to this record. Those of a record of pymarc have no
    /// wildcards.
    fn wanted<'a, 'py>(
        &self,
        py: Python<'py>,
        tags: &'a [Bound<'py, PyAny>],
    ) -> PyResult<Wanted<'a, 'py>> {
        Wanted::new(tags, self.is_native(py))
    }

    /// Returns the first field with this tag, an object of any type.
    pub(super) fn find<'py>(&self, tag: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.first(tag.py(), &self.wanted(tag.py(), std::slice::from_ref(tag))?)
    }

    /// Returns the first field with this tag.
    pub(super) fn find_tag<'py>(
        &self,
        py: Python<'py>,
        tag: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.first(py, &Wanted::exactly(vec![tag]))
    }

    /// Returns true if there is a field with this tag. Makes no object for a field that was read.
    pub(super) fn contains(&self, tag: &Bound<'_, PyAny>) -> PyResult<bool> {
        if let (FieldObjects::Untouched, Some(origin)) = (self.fields.get(tag.py()), &self.origin) {
            let wanted = self.wanted(tag.py(), std::slice::from_ref(tag))?;
            return Ok(origin.spans().iter().any(|span| wanted.has_tag(span.tag())));
        }
        Ok(self.find(tag)?.is_some())
    }

    /// Returns all fields with these tags, in their order.
    pub(super) fn find_all<'py>(
        &self,
        tags: &Bound<'py, PyTuple>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let (py, tags) = (tags.py(), tags.iter().collect::<Vec<_>>());
        self.all_wanted(py, &self.wanted(py, &tags)?)
    }

    /// Returns all fields with these tags, in their order.
    pub(super) fn find_tags<'py>(
        &self,
        py: Python<'py>,
        tags: Vec<&str>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.all_wanted(py, &Wanted::exactly(tags))
    }

    fn all_wanted<'py>(
        &self,
        py: Python<'py>,
        wanted: &Wanted<'_, 'py>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut all = Vec::new();
        self.search(py, wanted, &mut |field| {
            all.push(field);
            false
        })?;
        Ok(all)
    }

    /// Appends these fields to the live list.
    pub(super) fn append(&self, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        let list = self.list(fields.py())?;
        list.call_method1(intern!(fields.py(), "extend"), (fields,)).map(drop)
    }

    /// Removes these objects from the live list.
    ///
    /// # Errors
    /// `FieldNotFound` for an object that is not in the list.
    pub(super) fn drop_objects(&self, fields: &Bound<'_, PyTuple>) -> PyResult<()> {
        let py = fields.py();
        let list = self.list(py)?;
        for field in fields {
            list.call_method1(intern!(py, "remove"), (field,)).map_err(|error| match error
                .is_instance_of::<PyValueError>(
                py,
            ) {
                true => exceptions::new(py, "FieldNotFound", ()),
                false => error,
            })?;
        }
        Ok(())
    }

    /// Removes the fields with these tags from the live list, which remains the same list object.
    pub(super) fn drop_tags(&self, tags: &Bound<'_, PyTuple>) -> PyResult<()> {
        let py = tags.py();
        let tags = tags.iter().collect::<Vec<_>>();
        let wanted = self.wanted(py, &tags)?;
        if tags.is_empty() {
            return Ok(());
        }
        let list = self.list(py)?;
        let kept = PyList::empty(py);
        for field in elements(&list)? {
            if !wanted.has(&field)? {
                kept.append(field)?;
            }
        }
        let all = slice(py, None, None)?;
        ask(|| list.set_item(all, kept))
    }

    pub(super) fn next_field<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let list = self.list(py)?;
        let position = self.position.get(py);
        let field = match list.cast::<PyList>() {
            Ok(list) if position as usize >= list.len() => return Ok(None),
            Ok(list) => list.get_item(position as usize)?,
            Err(_) if position as usize >= list.len()? => return Ok(None),
            Err(_) => item(&list, position)?,
        };
        self.position.set(py, position + 1);
        Ok(Some(field))
    }
}
