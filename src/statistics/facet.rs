//! The facts about a record that are counted by value.

/// A fact about a whole record, counted by its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Facet {
    /// The type of record: leader/06.
    RecordType,
    /// The bibliographic level: leader/07.
    Level,
    /// The name of the encoding, as [`detect`](crate::encoding::detect) finds it or the reader names
    /// it.
    Encoding,
    /// The language: 008/35-37 of MARC 21.
    Language,
    /// The first date: 008/07-10 of MARC 21.
    Year,
}

impl Facet {
    /// All facets.
    pub const ALL: [Self; 5] =
        [Self::RecordType, Self::Level, Self::Encoding, Self::Language, Self::Year];

    /// Returns the name in JSON: `record_types`, `levels`, `encodings`, `languages`, `years`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordType => "record_types",
            Self::Level => "levels",
            Self::Encoding => "encodings",
            Self::Language => "languages",
            Self::Year => "years",
        }
    }

    /// Returns the heading in reports.
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::RecordType => "Record types (leader/06)",
            Self::Level => "Bibliographic levels (leader/07)",
            Self::Encoding => "Encodings",
            Self::Language => "Languages (008/35-37)",
            Self::Year => "Years (008/07-10)",
        }
    }

    /// Returns the meaning of a value in MARC 21 (Leader: type of record, bibliographic level);
    /// empty if it is unknown or needs no words.
    pub(super) fn meaning(self, value: &str) -> &'static str {
        match (self, value) {
            (Self::RecordType, "a") => "language material",
            (Self::RecordType, "c") => "notated music",
            (Self::RecordType, "d") => "manuscript notated music",
            (Self::RecordType, "e") => "cartographic material",
            (Self::RecordType, "f") => "manuscript cartographic material",
            (Self::RecordType, "g") => "projected medium",
            (Self::RecordType, "i") => "nonmusical sound recording",
            (Self::RecordType, "j") => "musical sound recording",
            (Self::RecordType, "k") => "two-dimensional nonprojectable graphic",
            (Self::RecordType, "m") => "computer file",
            (Self::RecordType, "o") => "kit",
            (Self::RecordType, "p") => "mixed materials",
            (Self::RecordType, "r") => "three-dimensional object",
            (Self::RecordType, "t") => "manuscript language material",
            (Self::RecordType, "u" | "v" | "x" | "y") => "holdings",
            (Self::RecordType, "w") => "classification",
            (Self::RecordType, "z") => "authority data",
            (Self::Level, "a") => "monographic component part",
            (Self::Level, "b") => "serial component part",
            (Self::Level, "c") => "collection",
            (Self::Level, "d") => "subunit",
            (Self::Level, "i") => "integrating resource",
            (Self::Level, "m") => "monograph",
            (Self::Level, "s") => "serial",
            _ => "",
        }
    }
}
