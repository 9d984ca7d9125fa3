//! The values of the options of a column, with the names that Python has for them.

use std::fmt;

/// One table of the values, so that none lacks its name.
macro_rules! named {
    ($($(#[$doc:meta])* $type:ident { $($(#[$value_doc:meta])* $value:ident = $name:literal;)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum $type {
                $($(#[$value_doc])* $value,)*
            }

            impl $type {
                /// All values, in the order of their declaration.
                pub const ALL: &'static [Self] = &[$(Self::$value),*];

                /// Returns the name.
                #[must_use]
                pub const fn name(self) -> &'static str {
                    match self { $(Self::$value => $name,)* }
                }

                /// Returns the value with this [`name`](Self::name).
                #[must_use]
                pub fn from_name(name: &str) -> Option<Self> {
                    Self::ALL.iter().copied().find(|value| value.name() == name)
                }
            }

            impl fmt::Display for $type {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(self.name())
                }
            }
        )*
    };
}

named! {
    /// The treatment of several values in one record.
    Repeat {
        /// All values, as a list.
        List = "list";
        /// The first value.
        First = "first";
        /// All values, joined to one text.
        Join = "join";
        /// The number of values; 0 if there are none.
        Count = "count";
        /// True if there is a value.
        Exists = "exists";
        /// A row for each value; the other columns repeat their cells. A record without a value has
        /// one row, in which the cell is null. Columns that are exploded together select the same
        /// tags, and a row has the values of one field.
        Explode = "explode";
    }

    /// The type of the values. Text that has no value of the type is null, and never an error.
    Type {
        /// The text as it is.
        String = "string";
        /// A decimal number of 64 bits, with or without blanks around it and a sign.
        Int = "int";
        /// The first four characters, if all are digits: `1999]` is 1999, and `19uu` is null.
        Year = "year";
        /// A day: `yyyymmdd`, `yyyy-mm-dd`, or `yymmdd` from 1960 to 2059.
        Date = "date";
        /// `1`, `true`, `t`, `yes`, `y`, or `0`, `false`, `f`, `no`, `n`, in either case, with or
        /// without blanks around it.
        Bool = "bool";
    }

    /// The order of the values of one field, if a selector has several subfields.
    Order {
        /// The order in the record.
        Record = "record";
        /// The order of the subfields in the selector: `245$b$a` gives first `$b` and then `$a`.
        Spec = "spec";
    }

    /// The use of fields 880, which repeat another field in another script. The tag and the
    /// occurrence in `$6` name that field: `245-01`. Occurrence 00 has no other field.
    Linked {
        /// Fields 880 have a tag of their own.
        No = "no";
        /// Fields 880 that name a selected tag, in the place of the fields with that tag.
        Only = "only";
        /// Both, in the order of the record.
        Both = "both";
        /// Structs of `text`, `linked` and `script`: the value, the value in the field 880 that
        /// names its field, and the code of the script in `$6`. If one of them has no other, that is
        /// null; fields 880 without another field come last.
        Pair = "pair";
    }

    /// A normal form of Unicode.
    Normalize {
        /// Composed characters.
        Nfc = "NFC";
        /// Decomposed characters.
        Nfd = "NFD";
    }

    /// A whole table.
    Preset {
        /// A row for each record, with all its fields as a list of structs.
        Nested = "nested";
        /// A row for each subfield and control field.
        Long = "long";
        /// A row for each record, with its bytes.
        Raw = "raw";
    }

    /// A fact about a record that is not in one of its fields, or a record as a whole.
    Metadata {
        /// The number of the record in its input, from 1. Damaged spans are counted too.
        RecordNo = "record_no";
        /// The number of the record in all inputs, from 1. Damaged spans are counted too.
        OverallNo = "overall_no";
        /// The name of the input; null if it has none.
        File = "file";
        /// The offset of the record, in bytes from the start of the input.
        OffsetBytes = "offset_bytes";
        /// The length of the record in bytes of the input.
        Length = "length";
        /// The control number: the first field 001.
        ControlNumber = "control_number";
        /// The leader.
        Leader = "leader";
        /// The encoding in which the record was read, such as `utf-8` or `marc-8`.
        Encoding = "encoding";
        /// Everything that is wrong with the record or unusual in it, and its undecodable text: a
        /// list of structs of `code`, `severity`, `tag` and `message`. Null if there is nothing.
        Faults = "faults";
        /// The bytes of the input that are the record.
        Raw = "raw";
        /// The record as MARC-in-JSON. Null if its text is undecodable, or if it contains a
        /// separator of ISO 2709.
        Json = "json";
    }
}
