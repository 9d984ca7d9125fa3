//! The counts of tags, indicators and subfields: those of one batch, and their sums.

use super::{
    Facet,
    values::{Key, Values},
};
use crate::record::Tag;
use foldhash::HashMap;
use std::{string::String, vec::Vec};

/// Number of classes in a histogram of repeats. The last class is for all larger numbers too.
pub(super) const CLASSES: usize = 10;

/// Limits on memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Largest number of sample values of a field or subfield.
    pub(super) samples: usize,
    /// Largest number of different tags, and of different values of a position.
    pub(super) values: usize,
}

/// The counts of some records.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(super) tags: Tags,
    /// Number of fields, with those of tags beyond the limit.
    pub(super) fields: u64,
    pub(super) subfields: u64,
    /// The values of each facet, in the order of [`Facet::ALL`].
    pub(super) facets: [Values; Facet::ALL.len()],
}

impl Counts {
    pub(super) fn clear(&mut self) {
        self.tags.clear();
        (self.fields, self.subfields) = (0, 0);
        self.facets.iter_mut().for_each(Values::clear);
    }

    /// Counts the value of a facet in one record.
    #[inline]
    pub(super) fn count(&mut self, facet: Facet, key: Option<Key>) {
        self.facets[facet as usize].count(key);
    }

    /// Returns true if the limits do not matter to the sum of these counts and more.
    pub(super) fn may_take(&self, more: &Self, limits: Limits) -> bool {
        let tags = self.tags.list.len() + more.tags.list.len();
        let mut facets = self.facets.iter().zip(&more.facets);
        tags <= limits.values
            && facets.all(|(values, more)| values.len() + more.len() <= limits.values)
    }

    /// Adds the counts of records that come after these. `filled` is called with each field and
    /// subfield that has all its samples since then.
    pub(super) fn add(&mut self, more: &Self, limits: Limits, mut filled: impl FnMut(Sampled)) {
        self.fields += more.fields;
        self.subfields += more.subfields;
        for (values, more) in self.facets.iter_mut().zip(&more.facets) {
            values.add(more, limits.values);
        }
        for found in more.tags.list() {
            match self.tags.get(found.tag, limits.values) {
                Some(own) => own.add(found, limits.samples, &mut filled),
                None => self.tags.others += found.occurrences,
            }
        }
    }
}

/// The counts of each tag, in the order of their first fields.
#[derive(Debug, Clone)]
pub(super) struct Tags {
    list: Vec<TagCounts>,
    /// Index in the list of each tag of three digits, by its number; `NONE` if it is not there.
    numbers: Vec<u32>,
    /// Index in the list of the other tags.
    names: HashMap<Tag, u32>,
    /// Number of fields with tags beyond the limit.
    pub(super) others: u64,
    /// Counts that are used again, for their capacity.
    spare: Vec<TagCounts>,
}

const NONE: u32 = u32::MAX;

impl Default for Tags {
    fn default() -> Self {
        let numbers = [NONE; 1000].into();
        let names = HashMap::default();
        Self { list: Vec::new(), numbers, names, others: 0, spare: Vec::new() }
    }
}

/// Returns the number of a tag of three digits.
#[inline]
fn number_of(tag: Tag) -> Option<usize> {
    let digits = tag.as_bytes().map(|byte| usize::from(byte.wrapping_sub(b'0')));
    let [hundreds, tens, ones] = digits;
    digits.iter().all(|&digit| digit < 10).then_some(hundreds * 100 + tens * 10 + ones)
}

impl Tags {
    pub(super) fn list(&self) -> &[TagCounts] {
        &self.list
    }

    fn clear(&mut self) {
        self.numbers.fill(NONE);
        self.names.clear();
        self.others = 0;
        // A batch may have very many odd tags.
        const MOST_SPARE: usize = 1_000;
        self.spare.append(&mut self.list);
        self.spare.truncate(MOST_SPARE);
    }

    /// Returns the counts of a tag; `None` if it would be one more than `most`.
    #[inline]
    pub(super) fn get(&mut self, tag: Tag, most: usize) -> Option<&mut TagCounts> {
        let number = number_of(tag);
        let at = match number {
            Some(number) => self.numbers[number],
            None => self.names.get(&tag).copied().unwrap_or(NONE),
        };
        if at != NONE {
            return self.list.get_mut(at as usize);
        }
        self.insert(tag, number, most)
    }

    #[cold]
    fn insert(&mut self, tag: Tag, number: Option<usize>, most: usize) -> Option<&mut TagCounts> {
        if self.list.len() >= most {
            return None;
        }
        let at = self.list.len() as u32;
        match number {
            Some(number) => self.numbers[number] = at,
            None => drop(self.names.insert(tag, at)),
        }
        let mut counts = self.spare.pop().unwrap_or_default();
        counts.begin(tag);
        self.list.push(counts);
        self.list.last_mut()
    }

    /// Counts the last record and the last field of every tag in the histograms.
    pub(super) fn finish(&mut self) {
        for tag in &mut self.list {
            tag.repeats.flush();
            tag.subfields.iter_mut().for_each(|subfield| subfield.repeats.flush());
        }
    }
}

/// The counts of the fields with one tag.
#[derive(Debug, Clone)]
pub(super) struct TagCounts {
    pub(super) tag: Tag,
    pub(super) occurrences: u64,
    /// Number of records with such a field, by how many of them they have.
    pub(super) repeats: Repeats,
    /// The values of the two indicators.
    pub(super) indicators: [Vec<ByteCounts>; 2],
    /// In the order of their first occurrences.
    pub(super) subfields: Vec<SubfieldCounts>,
    /// Index of each code in `subfields`, or any number if it is not there.
    places: [u8; 256],
    /// The first values of fields without subfields.
    pub(super) samples: Samples,
}

impl Default for TagCounts {
    fn default() -> Self {
        Self {
            tag: Tag::new(*b"000"),
            occurrences: 0,
            repeats: Repeats::default(),
            indicators: [Vec::new(), Vec::new()],
            subfields: Vec::new(),
            places: [0; 256],
            samples: Samples::default(),
        }
    }
}

impl TagCounts {
    fn begin(&mut self, tag: Tag) {
        self.tag = tag;
        self.occurrences = 0;
        self.repeats = Repeats::default();
        self.indicators.iter_mut().for_each(Vec::clear);
        self.subfields.clear();
        self.samples = Samples::default();
    }

    /// Returns the counts of a subfield code.
    #[inline(always)]
    pub(super) fn subfield(&mut self, code: u8) -> &mut SubfieldCounts {
        let at = usize::from(self.places[usize::from(code)]);
        match self.subfields.get(at) {
            Some(found) if found.counts.byte == code => &mut self.subfields[at],
            _ => self.insert(code),
        }
    }

    #[cold]
    fn insert(&mut self, code: u8) -> &mut SubfieldCounts {
        let at = self.subfields.len();
        self.places[usize::from(code)] = at as u8;
        let counts = ByteCounts { byte: code, ..ByteCounts::default() };
        self.subfields.push(SubfieldCounts { counts, ..SubfieldCounts::default() });
        &mut self.subfields[at]
    }

    fn add(&mut self, more: &Self, most: usize, filled: &mut impl FnMut(Sampled)) {
        self.occurrences += more.occurrences;
        self.repeats.add(&more.repeats);
        for (own, more) in self.indicators.iter_mut().zip(&more.indicators) {
            more.iter().for_each(|more| ByteCounts::of(own, more.byte).add(more));
        }
        if self.samples.add(&more.samples, most) {
            filled((self.tag, None));
        }
        for found in &more.subfields {
            let tag = self.tag;
            let own = self.subfield(found.counts.byte);
            own.counts.add(&found.counts);
            own.repeats.add(&found.repeats);
            if own.samples.add(&found.samples, most) {
                filled((tag, Some(found.counts.byte)));
            }
        }
    }
}

/// The counts of the subfields with one code in the fields with one tag.
#[derive(Debug, Clone, Default)]
pub(super) struct SubfieldCounts {
    /// The counts of the code.
    pub(super) counts: ByteCounts,
    /// Number of fields with such a subfield, by how many of them they have.
    pub(super) repeats: Repeats,
    pub(super) samples: Samples,
}

/// The counts of a value of one byte: of an indicator, or of a subfield code.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ByteCounts {
    pub(super) byte: u8,
    pub(super) occurrences: u64,
    /// Number of records that have one.
    pub(super) records: u64,
    last_record: u32,
}

impl ByteCounts {
    /// Returns the counts of a byte.
    #[inline]
    pub(super) fn of(list: &mut Vec<Self>, byte: u8) -> &mut Self {
        match list.iter().position(|counts| counts.byte == byte) {
            Some(at) => &mut list[at],
            None => {
                list.push(Self { byte, ..Self::default() });
                let last = list.len() - 1;
                &mut list[last]
            }
        }
    }

    /// Counts one more occurrence, in a record with this number.
    #[inline]
    pub(super) fn hit(&mut self, record: u32) {
        self.occurrences += 1;
        self.records += u64::from(self.last_record != record);
        self.last_record = record;
    }

    /// Adds the counts of other records.
    fn add(&mut self, more: &Self) {
        self.occurrences += more.occurrences;
        self.records += more.records;
    }
}

/// A histogram: the number of records, or of fields, that have something once, twice and so on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Repeats {
    pub(super) classes: [u64; CLASSES],
    /// Number of the record or field that is counted, from 1, and how many it has so far.
    current: (u32, u32),
}

impl Repeats {
    /// Counts one more in the record or field with this number.
    #[inline]
    pub(super) fn count(&mut self, number: u32) {
        if self.current.0 == number {
            self.current.1 += 1;
        } else {
            self.flush();
            self.current = (number, 1);
        }
    }

    fn flush(&mut self) {
        if let Some(class) = self.current.1.checked_sub(1) {
            self.classes[(class as usize).min(CLASSES - 1)] += 1;
        }
        self.current = (0, 0);
    }

    fn add(&mut self, more: &Self) {
        self.classes.iter_mut().zip(more.classes).for_each(|(own, more)| *own += more);
    }

    /// Returns the number of records or fields that have any.
    pub(super) fn total(&self) -> u64 {
        self.classes.iter().sum()
    }
}

/// A field without subfields or, with a code, a subfield.
pub(super) type Sampled = (Tag, Option<u8>);

/// The first different values of something.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples {
    pub(super) list: Vec<String>,
    /// True if no more are needed.
    pub(super) is_full: bool,
}

impl Samples {
    pub(super) fn contain(&self, value: &[u8]) -> bool {
        self.list.iter().any(|sample| sample.as_bytes() == value)
    }

    /// Adds a value, unless it is there.
    pub(super) fn push(&mut self, value: &str, most: usize) {
        if !self.contain(value.as_bytes()) {
            self.list.push(value.into());
        }
        self.is_full = self.list.len() >= most;
    }

    /// Adds later samples up to a limit. Returns true if that has filled them.
    fn add(&mut self, more: &Self, most: usize) -> bool {
        let was_full = self.is_full;
        for value in &more.list {
            if self.list.len() < most {
                self.push(value, most);
            }
        }
        self.is_full && !was_full
    }
}
