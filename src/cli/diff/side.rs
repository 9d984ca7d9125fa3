//! One of the two files of a comparison.

use super::content::{Content, Lines, Rule};
use crate::{
    cli::{
        failure::{Failure, described},
        inputs::{Input, Inputs, plain_file},
        output::about,
        records::{Run, report_batch},
        session::Session,
        spill::Spill,
    },
    error::{InputName, escaped},
    format::Format,
    index::{HEAD, OneRecord, Part, Place, Places},
    parse::{Item, Parsed, Project},
    pipeline::Limits,
    record::Severity,
    source::{FileVersion, positioned::read_exact_at},
    stream::Options,
};
use std::{fs::File, io, ops::ControlFlow, path::Path, sync::Arc};
use twox_hash::XxHash3_128;

/// Length of a place in the temporary file of places.
const PLACE: u64 = 16;

/// Number of bits of an entry that are the index of its record.
const INDEX_BITS: u32 = 40;

/// A record in memory: the upper 88 bits of the hash of its key, its index among the records of the
/// file, and the hash of its content. Entries in ascending order are in the order of their keys,
/// and those of one key in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    key: [u64; 2],
    pub(super) content: u64,
}

impl Entry {
    pub(super) const fn new(hash: u128, index: u64, content: u64) -> Self {
        let key = (hash >> INDEX_BITS << INDEX_BITS) | index as u128;
        Self { key: [(key >> 64) as u64, key as u64], content }
    }

    /// Returns the hash of the key.
    pub(super) const fn hash(self) -> u128 {
        ((self.key[0] as u128) << 64 | self.key[1] as u128) >> INDEX_BITS
    }

    /// Returns the index of the record.
    pub(super) const fn index(self) -> u64 {
        self.key[1] & ((1 << INDEX_BITS) - 1)
    }
}

/// A file that was read, and the way to its records.
pub(in crate::cli) struct Side {
    name: String,
    /// The records with a key, and those without, whose key is their content.
    pub(super) keyed: Vec<Entry>,
    pub(super) keyless: Vec<Entry>,
    places: Spill,
    store: Store,
    rule: Arc<Rule>,
}

/// The way to a record that was read before.
enum Store {
    /// The file itself, which can be read at any place.
    File { file: File, reading: OneRecord },
    /// The contents of all records in a temporary file, because the file can only be read once, or
    /// only from its start.
    Kept(Spill),
}

/// A record that is compared field by field.
#[derive(Debug)]
pub(in crate::cli) struct Loaded {
    /// Number of the record in its file, from 1, as in messages.
    pub(super) number: u64,
    pub(super) key: Option<String>,
    pub(super) content: Content,
}

impl Side {
    /// Reads a file, and keeps the hashes of its records.
    ///
    /// # Errors
    /// Fails if the file cannot be read to its end; if `is_strict`, also at the first fault.
    pub(in crate::cli) fn read(
        input: &Input,
        inputs: &Inputs,
        rule: &Arc<Rule>,
        is_strict: bool,
        session: &mut Session,
    ) -> Result<Self, Failure> {
        let name = input.name();
        let file = match input {
            Input::Path(path) => {
                plain_file(path).map_err(|error| Failure::Io(about(path, &error)))?
            }
            Input::Standard => None,
        };
        let path = Path::new(&name);
        let version = |file: &File| {
            FileVersion::now(file, path).map_err(|error| Failure::Io(about(path, &error)))
        };
        let before = file.as_ref().map(version).transpose()?;
        // A file that cannot be opened ends a strict command, and this one.
        let Some(reader) = inputs.open(input, session)? else {
            return Err(Failure::Io(format!("{name}: cannot be opened")));
        };
        let mut side = Collected::default();
        let hashing = Hashing { rule: Arc::clone(rule), keeps: file.is_none() };
        let mut format = Format::Iso2709;
        let mut run = Run { input, is_strict: true, session };
        let (_, stats) = run.batches(reader, hashing, |batch, hashed, found, session| {
            format = found;
            side.add(hashed)?;
            if !batch.is_undamaged() {
                report_batch(batch, is_strict, session, |_, _| Ok(()))?;
                if batch.items().any(|item| ends_input(&item)) {
                    return Err(nothing_to_compare(&name));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if stats.records == 0 && stats.faults > 0 {
            return Err(nothing_to_compare(&name));
        }
        let store = match file {
            None => Store::Kept(side.kept),
            Some(file) => {
                if Some(version(&file)?) != before {
                    return Err(changed(&name));
                }
                let (options, _) = inputs.builder().options();
                let reading = one_record(&file, &options, format, &name)
                    .map_err(|error| Failure::Io(about(path, &error)))?;
                Store::File { file, reading }
            }
        };
        Ok(Self {
            name,
            keyed: side.keyed,
            keyless: side.keyless,
            places: side.places,
            store,
            rule: Arc::clone(rule),
        })
    }

    pub(in crate::cli) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of records.
    pub(super) fn records(&self) -> u64 {
        (self.keyed.len() + self.keyless.len()) as u64
    }

    /// Reads a record again.
    ///
    /// # Errors
    /// Fails if the file was changed, or cannot be read.
    pub(super) fn load(&self, index: u64) -> Result<Loaded, Failure> {
        let place = self.places.read(index * PLACE, PLACE as usize)?;
        let place = place.try_into().map(Place::of_bytes).map_err(|_| changed(&self.name))?;
        let number = index + u64::from(place.faults) + 1;
        let (file, reading) = match &self.store {
            Store::File { file, reading } => (file, reading),
            Store::Kept(kept) => {
                let text = kept.read(place.offset, place.length as usize)?;
                let text = String::from_utf8(text).map_err(|_| changed(&self.name))?;
                let (key, content) = text.split_once('\u{1E}').unwrap_or_default();
                let key = (!key.is_empty()).then(|| key.to_owned());
                return self.loaded(number, key, content.into());
            }
        };
        let mut bytes = vec![0; place.length as usize];
        read_exact_at(file, &mut bytes, place.offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => changed(&self.name),
            _ => Failure::Io(format!("{}: {}", escaped(&self.name), described(&error))),
        })?;
        let batch = reading.batch(bytes, place, number).ok_or_else(|| changed(&self.name))?;
        let record = batch.records().next().ok_or_else(|| changed(&self.name))?;
        let text = record.text();
        let key = self.rule.key(&record, record.view().control_number(), text);
        let mut lines = Lines::default();
        lines.fill(&record, record.view(), text, &self.rule);
        self.loaded(number, key.map(|key| shown_key(&key)), lines.into_bytes())
    }

    fn loaded(&self, number: u64, key: Option<String>, lines: Vec<u8>) -> Result<Loaded, Failure> {
        let content = Content::from_bytes(lines).map_err(|_| changed(&self.name))?;
        Ok(Loaded { number, key, content })
    }
}

/// Returns true for a fault after which nothing is read: the input is not MARC.
fn ends_input(item: &Item<'_>) -> bool {
    matches!(item, Item::Fault(error) if error.severity() == Severity::Fatal)
}

/// Returns the failure of a file that seems to be something else than records.
fn nothing_to_compare(name: &str) -> Failure {
    let reason = "no record is sound, so there is nothing to compare";
    Failure::Refused(format!("{}: {reason}", escaped(name)))
}

/// Returns the failure of a file that is no longer what it was.
pub(super) fn changed(name: &str) -> Failure {
    Failure::Io(format!("{}: the file was changed while it was compared", escaped(name)))
}

/// Returns a key as text.
fn shown_key(key: &[u8]) -> String {
    String::from_utf8_lossy(key).replace('\u{1E}', "\u{241E}")
}

fn length(file: &File) -> io::Result<usize> {
    Ok(usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX))
}

/// Returns the way to read single records of a file.
fn one_record(file: &File, options: &Options, format: Format, name: &str) -> io::Result<OneRecord> {
    let mut head = vec![0; length(file)?.min(HEAD as usize)];
    read_exact_at(file, &mut head, 0)?;
    Ok(OneRecord::new(options, format, InputName::from(Path::new(name)), &head))
}

/// The projection that hashes the records of a batch.
#[derive(Debug, Clone)]
struct Hashing {
    rule: Arc<Rule>,
    /// True if the contents are kept, because the file cannot be read again.
    keeps: bool,
}

/// The hashes of the records of a batch.
#[derive(Debug, Default)]
struct Hashed {
    part: Part,
    /// The hashes of the key, if there is one, and of the content.
    records: Vec<(Option<u128>, u64)>,
    /// The keys and contents of the records, if they are kept, and the end of each.
    kept: Vec<u8>,
    ends: Vec<usize>,
    lines: Lines,
}

impl Project for Hashing {
    type Output = Hashed;

    fn run(&self, batch: &Parsed<'_>, hashed: &mut Hashed) {
        let Hashed { part, records, kept, ends, lines } = hashed;
        Places.run(batch, part);
        records.clear();
        kept.clear();
        ends.clear();
        for record in batch.records() {
            let text = record.text(self.rule.text);
            let key = self.rule.key(&record, record.view().control_number(), text);
            lines.fill(&record, record.view(), text, &self.rule);
            let hash = key.as_deref().map(XxHash3_128::oneshot);
            records.push((hash, lines.hash(self.rule.ignores_order)));
            if self.keeps {
                let key = key.as_deref().map(shown_key).unwrap_or_default();
                kept.extend_from_slice(key.as_bytes());
                kept.push(0x1E);
                kept.extend_from_slice(lines.as_bytes());
                ends.push(kept.len());
            }
        }
    }

    fn limits(&self) -> Limits {
        Limits::expensive()
    }
}

/// The records of a side while it is read.
#[derive(Default)]
struct Collected {
    keyed: Vec<Entry>,
    keyless: Vec<Entry>,
    places: Spill,
    kept: Spill,
    records: u64,
    faults: u32,
}

impl Collected {
    /// Adds the records of a batch.
    fn add(&mut self, hashed: &Hashed) -> Result<(), Failure> {
        let mut start = 0;
        for (at, ((key, content), place)) in
            hashed.records.iter().zip(&hashed.part.places).enumerate()
        {
            let mut place = Place { faults: self.faults + place.faults, ..*place };
            if let Some(end) = hashed.ends.get(at) {
                place.offset = self.kept.append(&hashed.kept[start..*end])?;
                place.length = (end - start) as u32;
                start = *end;
            }
            self.places.append(&place.to_bytes())?;
            let (list, hash) = match key {
                Some(hash) => (&mut self.keyed, *hash),
                None => (&mut self.keyless, u128::from(*content) << 64),
            };
            list.push(Entry::new(hash, self.records, *content));
            self.records += 1;
        }
        self.faults += hashed.part.faults;
        Ok(())
    }
}
