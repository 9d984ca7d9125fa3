//! The seeds of the fuzz targets: a few small files, made from the fixtures and the cases.

#[cfg(feature = "formats")]
use tidemarc::format::Format;

use crate::common::{build, cases, corpus::fixture_records};
use std::{collections::BTreeMap, env, fs, path::Path};

/// Settings for the targets that have them (see `fuzz/src/lib.rs`): a limit of 1 MiB, or of 200
/// bytes; pieces of 50 and of 17 bytes.
const WIDE: [u8; 4] = [0xFF, 0xFF, 49, 16];
const NARROW: [u8; 4] = [174, 0, 49, 16];

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
