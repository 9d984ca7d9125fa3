//! The seeds of the fuzz targets: a few small files, made from the fixtures and the cases.

#[cfg(feature = "formats")]
use tidemarc::format::Format;

use crate::common::{build, cases, corpus::fixture_records};
use std::{collections::BTreeMap, env, fs, path::Path};

/// Settings for the targets that have them (see `fuzz/src/lib.rs`): a limit of 1 MiB, or of 200
/// bytes; pieces of 50 and of 17 bytes.
const WIDE: [u8; 4] = [0xFF, 0xFF, 49, 16];
const NARROW: [u8; 4] = [174, 0, 49, 16];

/// Small records in every compression that is read, some of them in several parts.
const PACKED: [(&str, &[u8]); 6] = [
    (
        "gzip",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff3000\xb5T\x00\x82D##\x03\x03\x03\x13\
          \x10\xdb\xc4\x14\xc820\x04bc\x10\xc3\xc0\x08,`\x06b\x1a\xcb\x15\x1b\xca\x19\
          \x18\xc8'\x86\xc8\xc9\x02\x00\x90\xaf$|;\x00\x00\x00\x1f\x8b\x08\x00\x00\x00\
          \x00\x00\x00\xff3000\xb5T\x00\x82D##\x03\x03\x03\x13\x10\xdb\xc4\x14\xc820\x04\
          bc\x10\xc3\xc0\x08,`\x06b\x1a\xcb\x15\x1b\xca\x19\x18\xc8'\x86\xc8\xc9\x1a\xc0\
          \xb4\x02\x00%\xe4o\xd5D\x00\x00\x00",
    ),
    (
        "bgzf",
        b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00K\x003000\xb5T\x00\
          \x82D##\x03\x03\x03\x13\x10\xdb\xc4\x14\xc820\x04bc\x10\xc3\xc0\x08,`\x06b\x1a\
          \xcb\x15\x1b\xca\x19\x18\xc8'\x86\xc8\xc9\x1a\x0c\x88V\x00\xb3\xf8\x9a\x16\xb1\
          \x00\x00\x00\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x002\x00300\
          0\xb5T\x00\x82D##\x03\x03\x03\x13\x10\xdb\xc4\x14\xc820\x04b\x00\x93\x8fC\x12\
          \x1e\x00\x00\x00\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x002\
          \x0036\x00\x01#\x13S i\x06b\x1a\xcb\x15\x1b\xca\x19\x18\xc8'\x86\xc8\xc9\x02\
          \x00\xad7\xf1\xcf\x1d\x00\x00\x00\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\
          \x00BC\x02\x00K\x003000\xb5T\x00\x82D##\x03\x03\x03\x13\x10\xdb\xc4\x14\xc820\
          \x04bc\x10\xc3\xc0\x08,`\x06b\x1a\xcb\x15\x1b\xca\x19\x18\xc8'\x86\xc8\xc9\x1a\
          \x0c\x88V\x00\xb3\xf8\x9a\x16\xb1\x00\x00\x00\x1f\x8b\x08\x04\x00\x00\x00\x00\
          \x00\xff\x06\x00BC\x02\x00\x1b\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
          \x00\x00\x00\x00",
    ),
    (
        "zstd",
        b"(\xb5/\xfd\x04X\xe5\x01\x00\xe4\x0200059    a2200049   450000100030260\x1es1\
          \x1e00\x1faT\x1e\x1d\x04\x00\xd3\xab\xf4`!Ma\x08\x00\x19\xb7\x1fu\xfc",
    ),
    (
        "bzip2",
        b"BZh91AY&SY\xe9\xbb\x83\xdc\x00\x001{\x80`\x00\x00\x03\xc0\x00\x7f \x04\x00 \
          \x00\x08\x00 \x00P\xa1\xa6\x98\x00\x1b\xd5I\x1f\x94F\xd3S\xd4\xb8\xb6\x14\xd3\
          \xa7\xd7\xb5$\xd4b8D\xb6\x12x\xd2\xdc\xbceK\x926\xca\x9bi\xe9L\xa9\xc3q\x88\
          \xe9\xc3\x95\xb6\xd3\xf8\xbb\x92)\xc2\x84\x87M\xdc\x1e\xe0",
    ),
    (
        "xz",
        b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01\x16\x00\x00\x00t/\xe5\xa3\xe0\
          \x00\xb0\x00.]\x00\x18h\x09G\x22\x1dQ+\xa9N0\x85j\xb9hd\x94c\xfb\x9a\xfaC\xd2b\
          \xb2\xe5\xa0\xaa\xad\xbet\xe9\x00\x8b\xb0\x9aM\xc3\x17T\x99\x94\x14\xc9\xe0\
          \x00\x00\x00\x00\xf4\xf9s\x8bO^D\x8b\x00\x01J\xb1\x01\x00\x00\x00\x16\xbb\x8d\
          \xf8\xb1\xc4g\xfb\x02\x00\x00\x00\x00\x04YZ",
    ),
    (
        "zip",
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00!\x00\xb3\xf8\x9a\x162\x00\x00\x00\
          \xb1\x00\x00\x00\x05\x00\x00\x00a.mrc3000\xb5T\x00\x82D##\x03\x03\x03\x13\x10\
          \xdb\xc4\x14\xc820\x04bc\x10\xc3\xc0\x08,`\x06b\x1a\xcb\x15\x1b\xca\x19\x18\
          \xc8'\x86\xc8\xc9\x1a\x0c\x88V\x00PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00\
          \x00\x00!\x00\xb3\xf8\x9a\x162\x00\x00\x00\xb1\x00\x00\x00\x05\x00\x00\x00\x00\
          \x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x00a.mrcPK\x05\x06\x00\x00\
          \x00\x00\x01\x00\x01\x003\x00\x00\x00U\x00\x00\x00\x00\x00",
    ),
];

/// Returns every seed, by target and name.
fn seeds() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    let mut add = |target: &str, name: &str, bytes: Vec<u8>| {
        seeds.insert(format!("{target}/{name}"), bytes);
    };
    let books = fixture_records("books.mrc");
    let mut short: Vec<_> = books.iter().filter(|record| record.len() < 900).collect();
    short.truncate(3);
    for target in
        ["framing_chunked_equals_whole", "pipeline_equals_sequential", "repair_keeps_contracts"]
    {
        let real = short.iter().flat_map(|record| record.iter().copied());
        add(target, "three-books", WIDE.into_iter().chain(real).collect());
        for (name, case) in [
            ("damage", "every kind of damage one after the other"),
            ("inside", "a broken directory and a record inside a field"),
            ("glued", "the next two records glued on within the length"),
            ("padding", "every sort of blank space between two records"),
        ] {
            add(target, name, [&WIDE[..], &input_of(case)].concat());
        }
        let over = "a record over the limit that holds a record";
        add(target, "over-long", [&NARROW[..], &input_of(over)].concat());
    }
    // The first byte selects the format and repair.
    for (name, case) in [
        ("damage", "every kind of damage one after the other"),
        ("glued", "the next two records glued on within the length"),
        ("over-long", "a record over the limit that holds a record"),
    ] {
        for way in [0, 1] {
            let bytes = [&[way][..], &NARROW, &input_of(case)].concat();
            add("ranges_equal_whole", &format!("{name}-{way}"), bytes);
        }
    }
    for (way, name) in [(2, "marcmaker"), (3, "line")] {
        let text =
            "=LDR  00000nam a2200000   4500\n=001  1\n\n00000nam a2200000   4500\n001 2\n\r\n\n";
        let bytes = [&[way][..], &NARROW, text.repeat(6).as_bytes()].concat();
        add("ranges_equal_whole", name, bytes);
    }
    // Changes to a good index file: page, offset, byte.
    for (name, bytes) in [
        ("unchanged", &[][..]),
        ("place", &[1, 8, 0, 0x80, 1, 12, 0, 1]),
        ("key", &[2, 0, 0, 0xFF]),
        ("bucket", &[3, 8, 0, 0, 3, 0, 0, 9]),
        ("footer", &[4, 40, 0, 9, 4, 80, 0, 1, 4, 99, 0, 1]),
    ] {
        add("index_never_panics", name, bytes.to_vec());
    }
    for target in ["parse_equals_naive", "writer_roundtrip"] {
        add(target, "book", short[0].clone());
        add(target, "small", build::simple("small"));
        add(target, "empty", build::record(&[]));
        add(target, "inside", build::three("outer", &build::simple("inner")));
    }
    // This target builds a record from its own form.
    let fields = b"00000nam a2200000   4500001id\x1E24510aTitle\x1FcAuthor\x1E500  aNote";
    add("writer_roundtrip", "fields", fields.to_vec());
    for (name, bytes) in [
        ("ansel", &b"Dvo\xE9r\xE2ak \xEBi\xECu \xFAn\xFBg \xF2\xE3a\x88The \x89\xBC"[..]),
        ("sets", b"\x1B(NmIR\x1B)Q\xC1\x1B(SFG\x1B(2`a\x1B(3Gtk\x1B(4!\x1B(B\x1B)!E\xA1"),
        ("eacc", b"\x1B$1!04!Bs!# ! =\x7F \x19\x1B(B\x1B$)1\xA1\xC3\xE9"),
        ("technique-1", b"\x1Bga\x1BsH\x1Bb2\x1BsOx\x1Bp2\x1Bs"),
        ("references", b"&#x2713;e&#x301;\xE2&#x65;&#x1F;"),
        ("escapes", b"\x1BN\x1B(Z\x1B$B\x1B$)1\x1B$"),
        ("iso5426", b"\x88L'\x89\xC2e\xDDi\xDEu\xDDn\xDFg\xC9u"),
        ("utf8", "naïve 中 \u{1F600} e\u{301}".as_bytes()),
    ] {
        add("marc8_decode", name, bytes.to_vec());
    }
    for (name, text) in [
        ("subfields", r"245[0]ab[#-1]/2-#$c-e{^1=\1}|6XX^2"),
        ("conditions", r#"650$a/0{$2=\fast|$2="lc sh"}{!/1=\\s}{100[0]a~$b[#]}{?LDR/6}"#),
        ("abbreviations", r"008/0-5{/7=[1]/7}|245^1{^2!=[0]$a/#}{[1]!~\水\=}"),
        ("error", "245$a{$b=\\a\u{301}b c}"),
    ] {
        add("selector_print_parse", name, text.into());
    }
    for (name, text) in [
        ("operators", r#"245$a = "x" and 008/7-10>=1.50 or 001 ^= 'a\'b' and not 650 !~ /a\/b+/i"#),
        ("lists", r#"001 in (1, "b") or 245 not in @"my ids" and all(6XX$a{$2=\fast})!=1"#),
        ("counts", "not(exists(245)and count( 65.|651[#] )<3)or 245^=1"),
        ("error", "(245 and 650 ~ /\u{e9}(/)"),
    ] {
        add("filter_print_parse", name, text.into());
    }
    // Bytes that choose a selector or a filter, and a record.
    for (name, factor) in [("seven", 7u8), ("thirty-seven", 37), ("ninety-one", 91)] {
        let bytes = (0..240u8).map(|at| at.wrapping_mul(factor) ^ (at >> 3));
        add("selector_equals_naive", name, bytes.clone().collect());
        add("filter_equals_naive", name, bytes.collect());
    }
    for (name, bytes) in PACKED {
        add("compressed_chunked_equals_whole", name, bytes.to_vec());
    }
    // A chunk that is longer than it states: its length is in bytes 27 and 28.
    let (_, xz) = PACKED[4];
    add("compressed_chunked_equals_whole", "xz-long-chunk", build::put(xz.to_vec(), 28, &[0x2C]));
    // The digits of pi are missing, so this is no compressed input.
    add("repair_keeps_contracts", "bzip2-without-block", [&NARROW[..], b"BZh1\0"].concat());
    // An archive without members, whose directory is cut.
    add("formats_never_panic", "zip-cut", b"\x04PK\x05\x06\0\0".to_vec());
    // The first byte selects the format.
    #[cfg(feature = "formats")]
    for (at, format) in
        [Format::Marcxml, Format::Json, Format::Marcmaker, Format::Line].into_iter().enumerate()
    {
        let records =
            [crate::common::formats::sample("one"), crate::common::formats::sample("two")];
        let (written, _) = crate::common::formats::write(&records, format);
        let bytes = [&[at as u8], &written[..written.len() - 30]].concat();
        add("formats_never_panic", format.name(), bytes);
    }
    // The leader is one blank late, so that its encoding is at the wrong position.
    #[cfg(feature = "formats")]
    add(
        "formats_never_panic",
        "late-leader",
        b"\x02=LDR   00000nam a2200000   4500\n\
        =100    $a20260101d2026    m  y0frey0103    ba\n=200  1\\$aCaf\xC2e\n\n"
            .to_vec(),
    );
    seeds
}

fn input_of(name: &str) -> Vec<u8> {
    cases::all().into_iter().find(|case| case.name == name).expect("a case of this name").input
}

/// Checks the seeds. `TIDEMARC_BLESS=1 cargo test --test fuzz_seeds` writes them.
#[test]
fn the_seeds_of_the_fuzz_targets_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let is_blessed = env::var_os("TIDEMARC_BLESS").is_some();
    for (name, bytes) in seeds() {
        let path = folder.join(&name);
        if is_blessed {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let committed = fs::read(&path).unwrap_or_default();
        assert!(committed == bytes, "{name} is out of date: set TIDEMARC_BLESS=1");
        assert!(bytes.len() < 4_096, "{name}: {} bytes", bytes.len());
    }
    assert!(
        cfg!(not(feature = "formats"))
            || !folder.exists()
            || crate::common::corpus::files_below(&folder).len() == seeds().len()
    );
}
