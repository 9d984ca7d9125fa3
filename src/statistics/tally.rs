//! The projection that counts the records of a batch.

use super::{
    Facet,
    counts::{ByteCounts, Counts, Limits, Sampled, Samples, TagCounts},
    values::Key,
};
use crate::{
    encoding::{Encoding, ErrorPolicy, RecordText, TextOptions, encoding_of},
    error::first_characters,
    parse::{Parsed, ParsedRecord, Project},
    pipeline,
    record::{AsRecord, DataField, Field, Tag},
};
use foldhash::HashSet;
use memchr::memchr3;
use std::sync::{Arc, PoisonError, RwLock};

/// The control characters that switch to another set of characters (ISO 2022).
const ESCAPE: u8 = 0x1B;
const SHIFT_OUT: u8 = 0x0E;
const SHIFT_IN: u8 = 0x0F;

/// Largest number of characters of a sample.
pub(super) const LONGEST_SAMPLE: usize = 200;

/// The fields and subfields that have all their samples: workers collect no more of them. Samples of
/// batches that were counted before this was known are dropped when they are added.
#[derive(Debug, Clone, Default)]
pub(super) struct Filled(Arc<RwLock<Arc<HashSet<Sampled>>>>);

impl Filled {
    fn get(&self) -> Arc<HashSet<Sampled>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn extend(&self, more: &[Sampled]) {
        if !more.is_empty() {
            let mut filled = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut filled).extend(more);
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Tally {
    pub(super) text: TextOptions,
    pub(super) limits: Limits,
    pub(super) filled: Filled,
}

impl Project for Tally {
    type Output = Counts;

    fn run(&self, batch: &Parsed<'_>, counts: &mut Counts) {
        counts.clear();
        let filled = self.filled.get();
        let mut field_number = 0;
        for (number, record) in (1..).zip(batch.records()) {
            let record = Counted::new(record, self, &filled, number);
            record.count(counts, &mut field_number);
        }
        counts.tags.finish();
    }

    fn limits(&self) -> pipeline::Limits {
        pipeline::Limits::expensive()
    }

    fn needs_records(&self) -> bool {
        false
    }

    fn merge(&self, before: &mut Counts, next: &mut Counts) -> bool {
        let is_within = before.may_take(next, self.limits);
        if is_within {
            before.add(next, self.limits, |_| {});
        }
        is_within
    }
}

/// The record that is counted.
struct Counted<'t, 'r> {
    record: ParsedRecord<'r>,
    options: TextOptions,
    /// The rule for the text of samples.
    rule: RecordText,
    most_samples: usize,
    filled: &'t HashSet<Sampled>,
    /// True if ASCII in the record is that text in every encoding that it may have: nothing switches
    /// to another set of characters.
    is_plain: bool,
    /// Number of the record in the batch, from 1.
    number: u32,
}

impl<'t, 'r> Counted<'t, 'r> {
    fn new(
        record: ParsedRecord<'r>,
        tally: &Tally,
        filled: &'t HashSet<Sampled>,
        number: u32,
    ) -> Self {
        // The text of a text format is UTF-8, whatever encoding the caller named.
        let options = if record.is_text { tally.text.encoding(None) } else { tally.text };
        let rule = RecordText::of(&record, options).with_policy(ErrorPolicy::BackslashReplace);
        let is_plain = rule.encoding() == Encoding::Utf8
            && memchr3(ESCAPE, SHIFT_OUT, SHIFT_IN, record.view().as_bytes()).is_none();
        let most_samples = tally.limits.samples;
        Self { record, options, rule, most_samples, filled, is_plain, number }
    }

    fn count(&self, counts: &mut Counts, field_number: &mut u32) {
        let leader = self.record.leader();
        let [record_type, level] = [6, 7].map(|at| Key::new(&leader.as_bytes()[at..=at]));
        counts.count(Facet::RecordType, record_type);
        counts.count(Facet::Level, level);
        let encoding = encoding_of(&self.record, self.options.named());
        counts.count(Facet::Encoding, Key::new(encoding.name().as_bytes()));
        let fixed = self.record.control_field(Tag::new(*b"008")).map(|field| field.data);
        let position = |range| fixed.and_then(|data| data.get(range)).and_then(Key::new);
        counts.count(Facet::Language, position(35..38));
        counts.count(Facet::Year, position(7..11));
        for field in self.record.view().fields() {
            *field_number += 1;
            counts.fields += 1;
            let tag = field.tag();
            // The limit on tags holds for the sums: a batch is short.
            let Some(own) = counts.tags.get(tag, usize::MAX) else { continue };
            if own.occurrences == 0 {
                own.samples.is_full = self.is_filled((tag, None));
            }
            own.occurrences += 1;
            own.repeats.count(self.number);
            match field {
                Field::Data(data) if !data.is_bare() => {
                    counts.subfields += self.count_data(data, own, *field_number);
                }
                _ => self.sample(field, field.as_bytes(), &mut own.samples),
            }
        }
    }

    /// Counts a data field. Returns the number of its subfields.
    fn count_data(&self, data: DataField<'_>, own: &mut TagCounts, field_number: u32) -> u64 {
        let indicators = data.indicators();
        for (at, byte) in [indicators.first, indicators.second].into_iter().enumerate() {
            ByteCounts::of(&mut own.indicators[at], byte).hit(self.number);
        }
        let mut number = 0;
        for part in data.subfields() {
            number += 1;
            let subfield = own.subfield(part.code);
            if subfield.counts.occurrences == 0 {
                subfield.samples.is_full = self.is_filled((data.tag, Some(part.code)));
            }
            subfield.counts.hit(self.number);
            subfield.repeats.count(field_number);
            self.sample(Field::Data(data), part.value, &mut subfield.samples);
        }
        number
    }

    fn is_filled(&self, key: Sampled) -> bool {
        self.most_samples == 0 || self.filled.contains(&key)
    }

    /// Adds a value to the samples, if they are not complete.
    #[inline(always)]
    fn sample(&self, field: Field<'_>, value: &[u8], samples: &mut Samples) {
        if !samples.is_full {
            self.add_sample(field, value, samples);
        }
    }

    #[inline(never)]
    fn add_sample(&self, field: Field<'_>, value: &[u8], samples: &mut Samples) {
        // Values such as the code of the agency are often the same, and are compared before they are
        // decoded.
        if self.is_plain && value.is_ascii() && samples.contain(value) {
            return;
        }
        let rule = match self.rule.as_it_stands(field.as_bytes()) {
            Some(_) => self.rule,
            None => self.rule.settled(&self.record),
        };
        if let Ok(text) = rule.bytes(value, true) {
            samples.push(&first_characters(&text, LONGEST_SAMPLE), self.most_samples);
        }
    }
}
