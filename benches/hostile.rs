//! Inputs made to be slow: what a reader that repairs takes for a byte of them must not grow with
//! their size. `cargo bench --bench hostile`.

use std::{hint::black_box, io::Read, time::Instant};
use tidemarc::{Reader, format::Format};

/// Sizes in bytes, each four times the one before.
const SIZES: [usize; 4] = [1 << 18, 1 << 20, 1 << 22, 1 << 24];

/// A record of so many entries, all alike, whose numbers are made by `number`.
fn record(leader: &str, entries: usize, number: impl Fn(usize) -> String) -> Vec<u8> {
    let base = 24 + 12 * entries + 1;
    let directory: String = (0..entries).map(number).collect();
    let fields = b"  \x1Fax\x1E".repeat(entries);
    let length = (base + fields.len() + 1) % 100_000;
    let head = match leader {
        "" => format!("{length:05}nam a22{base:05}   4500"),
        other => format!("{other}nam a22{base:05}   4500"),
    };
    [head.as_bytes(), directory.as_bytes(), b"\x1E", &fields, b"\x1D"].concat()
}

fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    let good = |at: usize| format!("5000006{:05}", (6 * at) % 100_000);
    let many = 5_000;
    let mut without_end = record("", 300, good);
    without_end.truncate(24 + 12 * 300 + 1);
    let mut few_fields = without_end.clone();
    few_fields.extend(b"  \x1Fax\x1E\x1D");
    // Leaders that are entries too: each begins inside the directory of the one before.
    let nested: String =
        (0..4_100).map(|at| format!("999990000022{:05}0004500", 24 * (4_100 - at) + 13)).collect();
    let nearly = [&record("abcde", 300, good)[..24 + 12 * 300], b"x\x1D"].concat();
    vec![
        ("record terminators", b"\x1D".to_vec()),
        ("field terminators", b"\x1E".to_vec()),
        ("digits", b"0123456789".to_vec()),
        ("directory entries", b"245001000000".to_vec()),
        ("directory entries and a field terminator", b"245001000000\x1E".to_vec()),
        ("leaders", b"00080nam a2200049   4500".to_vec()),
        (
            "leaders inside each other's directories",
            [nested.as_bytes(), b"245000900000\x1Exxxxxxxxxx\x1D"].concat(),
        ),
        ("leaders that claim 16 MiB", b"99999nam a2299997   4500".to_vec()),
        ("leaders and directories without an end", without_end),
        ("directories of more entries than fields", few_fields),
        ("leaders of no length, directories without an end", nearly),
        ("heads of byte order marks", b"\xEF\xBB".to_vec()),
        ("blanks that are no padding", [&[b' '; 400][..], b"x"].concat()),
        ("descriptor words", b"\0\x43\0\0".to_vec()),
        ("zeros and halves of descriptor words", b"\0\0\0\x43\0".to_vec()),
        ("records of a wrong length", record("abcde", 20, good)),
        ("5,000 entries, none a number", record("", many, |_| "500xxxxxxxxx".into())),
        (
            "5,000 entries in the wrong order",
            record("", many, |at| format!("5000007{:05}", (many - at) * 7 % 100_000)),
        ),
        ("5,000 entries, all the same", record("", many, |_| "500000700000".into())),
        ("a directory with a byte too many", {
            let mut odd = record("", many, good);
            odd.insert(24 + 12 * 2_500, b'0');
            odd
        }),
        ("nothing but letters", b"x".to_vec()),
    ]
}

/// Text in which hardly a byte is part of a record: a head, and what comes again and again.
const TEXTS: [(Format, &[u8], &[u8]); 14] = [
    (Format::Json, b"", b"]"),
    (Format::Json, b"{", b" "),
    (Format::Json, b"{\"a\":\"", b"x"),
    (Format::Json, b"[", b"{\"a\":"),
    (Format::Json, b"[", b"{\"a\":\"x,\"_id\":1},"),
    (Format::Marcxml, b"", b"<"),
    (Format::Marcxml, b"<a>", b"<!-- <record>"),
    (Format::Marcxml, b"<a>", b"<![CDATA[ <record> <? <!--"),
    (Format::Marcxml, b"<a><record><datafield ", b"a='1' "),
    (Format::Marcxml, b"<!DOCTYPE a [", b"<!ENTITY a 'x'>"),
    (Format::Marcxml, b"", b"<!a[ '<record></record>'"),
    (Format::Marcxml, b"<a><m:record><m:leader>x</m:leader>", b"<n:a>"),
    (Format::Marcmaker, b"", b"x\n\n"),
    (Format::Line, b"", b"x\n\n"),
];

/// Nanoseconds a byte, the best of three.
fn best_of_three(input: &[u8], read: impl Fn(std::io::Cursor<Vec<u8>>)) -> f64 {
    let time = || {
        let start = Instant::now();
        read(std::io::Cursor::new(input.to_vec()));
        start.elapsed().as_nanos() as f64 / input.len() as f64
    };
    (0..3).map(|_| time()).fold(f64::INFINITY, f64::min)
}

fn measure(input: &[u8], chunk_size: usize) -> f64 {
    best_of_three(input, |input| {
        let builder = Reader::builder().repair(true).threads(1).chunk_size(chunk_size);
        let mut reader = builder.from_reader(input);
        while let Ok(Some(batch)) = reader.next_batch() {
            black_box(batch.items().count());
        }
        assert!(reader.position() > 0);
    })
}

/// Gives so many bytes at a time at most.
struct Trickle(std::io::Cursor<Vec<u8>>, usize);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

fn measure_text(input: &[u8], format: Format, most: usize) -> f64 {
    best_of_three(input, |input| {
        let reader = Reader::builder().format(format).from_reader(Trickle(input, most));
        assert!(reader.filter(Result::is_err).count() > 0);
    })
}

/// So many bytes, of the same again and again.
fn repeated(shape: &[u8], size: usize) -> Vec<u8> {
    let mut input = shape.repeat(size / shape.len() + 1);
    input.truncate(size);
    input
}

fn main() {
    // `cargo test --benches` only wants to see that it runs.
    let sizes = if std::env::args().any(|arg| arg == "--bench") { &SIZES[..] } else { &SIZES[..1] };
    println!("| input, again and again | {} | at chunks of 4 KiB |", header(sizes));
    println!("|---|{}---:|", "---:|".repeat(sizes.len()));
    for (name, shape) in shapes() {
        let cells: Vec<_> = sizes
            .iter()
            .map(|&size| format!("{:.2}", measure(&repeated(&shape, size), 1 << 16)))
            .collect();
        let small = measure(&repeated(&shape, sizes[sizes.len().min(3) - 1]), 1 << 12);
        println!("| {name} | {} | {small:.2} |", cells.join(" | "));
    }
    println!("\n| text, again and again | {} | 4 KiB a read |", header(sizes));
    println!("|---|{}---:|", "---:|".repeat(sizes.len()));
    for (format, head, morsel) in TEXTS {
        let text = |size| [head, &repeated(morsel, size)].concat();
        let cells: Vec<_> = sizes
            .iter()
            .map(|&size| format!("{:.2}", measure_text(&text(size), format, 1 << 16)))
            .collect();
        let small = measure_text(&text(sizes[sizes.len().min(3) - 1]), format, 1 << 12);
        let (head, morsel) = (head.escape_ascii(), morsel.escape_ascii());
        println!("| {format}: `{head}` `{morsel}` … | {} | {small:.2} |", cells.join(" | "));
    }
}

fn header(sizes: &[usize]) -> String {
    let cells: Vec<_> = sizes.iter().map(|size| format!("{} KiB, ns/byte", size >> 10)).collect();
    cells.join(" | ")
}
