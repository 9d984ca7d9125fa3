//! Bytes outside of records: junk before an input, junk between records, and inputs that are read
//! from their middle on.

use crate::common::{
    build::simple,
    formats::{Given, TEXT, Trickle, drain, read, read_with, sample, write},
};
use std::io::{self, Cursor};
use tidemarc::{
    ErrorKind, Reader, Severity,
    format::{Controls, DETECTION_LENGTH, Format, NoteKind},
};

const LEADER: &str = "<leader>00000nam a2200000   4500</leader>";

fn xml(number: &str) -> String {
    format!("<record>{LEADER}<controlfield tag=\"001\">{number}</controlfield></record>")
}

fn json(number: &str) -> String {
    format!(r#"{{"leader":"00000nam a2200000   4500","fields":[{{"001":"{number}"}}]}}"#)
}

/// Reads an input whose format is detected, at once and byte by byte, with the same result.
fn read_unnamed(bytes: &[u8]) -> (Format, Vec<Given>) {
    let mut whole = Reader::from_bytes(bytes.to_vec());
    let mut slow = Reader::from_reader(Trickle(Cursor::new(bytes.to_vec())));
    let given = drain(whole.by_ref());
    assert_eq!(drain(slow.by_ref()), given, "{}", bytes.escape_ascii());
    assert_eq!(slow.format(), whole.format(), "{}", bytes.escape_ascii());
    (whole.format().unwrap(), given)
}

/// Returns the control numbers of the records, and the bytes of the faults.
fn told(given: &[Given]) -> Vec<String> {
    let tell = |given: &Given| match given {
        Given::Record { record, .. } => {
            String::from_utf8(record.control_number().unwrap().to_vec()).unwrap()
        }
        Given::Fault { raw, .. } => format!("!{}", String::from_utf8_lossy(raw)),
    };
    given.iter().map(tell).collect()
}

/// Returns the items of a document, without the reasons of its faults.
fn told_of(text: &str, format: Format) -> Vec<String> {
    told(&read(text.as_bytes(), format))
}

#[test]
fn junk_that_begins_like_text_does_not_swallow_iso_2709() {
    let records = simple("one").repeat(3);
    for junk in [
        &b"#"[..],
        b"(",
        b"(\n",
        b"=",
        b"{",
        b"[",
        b"<",
        b"<a",
        b"<a>",
        b"<?xml version='1.0'?>",
        b"=LDR  junk\n",
        b"=LDR  junk\n\n",
        b"=000 x\n",
        b"# none\n\n",
        b"(none)\n\n",
        b"{\"a\":1}\n",
        b"[[1,2],{}]",
        b"twenty-four characters!!\n",
        b"<\0c\0",
        b"\xFF\xFE<\0c\0",
    ] {
        let (format, given) = read_unnamed(&[junk, &records].concat());
        assert_eq!(format, Format::Iso2709, "{}", junk.escape_ascii());
        assert!(matches!(&given[0], Given::Fault { raw, .. } if raw == junk), "{given:?}");
        assert_eq!(given.iter().filter_map(Given::record).count(), 3, "{}", junk.escape_ascii());
    }
    // Long junk has the same result, but not junk without an end.
    let long = |length| [b"<a>", &vec![b'x'; length][..], &records].concat();
    assert_eq!(Format::detect(&long(100_000)), Some(Format::Iso2709));
    assert_eq!(Format::detect(&long(DETECTION_LENGTH)), Some(Format::Marcxml));
    // A leader shows the format even if the end of the first record is far away.
    assert_eq!(Format::detect(&long(9)[..9 + 3 + 50]), Some(Format::Iso2709));
}

/// `yaz-marcdump -p` prints a comment before each record.
#[test]
fn comments_before_a_record_do_not_make_it_xml() {
    let comment =
        |number: u32| format!("<!-- Record {number} offset {0} (0x{0:x}) -->\n", number - 1);
    let line = |number: &str| format!("00787nam a2200000   4500\n001 {number}\n245 00 $a t\n\n");
    let blank = "     nam  22      a 4500\n001 one\n\n".to_string();
    let iso2709 = "00048nam a2200037   4500001001000000\x1Econtrol-1\x1E\x1D".to_string();
    for (record, format, faults) in [
        (line("one"), Format::Line, 0),
        (blank, Format::Line, 0),
        (xml("one"), Format::Marcxml, 0),
        (json("one"), Format::Json, 1),
        (iso2709, Format::Iso2709, 1),
        ("=LDR  00000nam a2200000   4500\n=001  one\n\n".into(), Format::Marcmaker, 1),
    ] {
        for comments in [comment(1), format!("\n{}{}", comment(1), comment(2))] {
            let text = format!("{comments}{record}");
            let (found, given) = read_unnamed(text.as_bytes());
            assert_eq!(found, format, "{text}");
            let records = given.iter().filter(|given| given.record().is_some()).count();
            assert_eq!((records, given.len()), (1, 1 + faults), "{text}: {given:?}");
        }
    }
    let text = [comment(1), line("one"), comment(2), line("two")].concat();
    let (_, given) = read_unnamed(text.as_bytes());
    assert_eq!(given.iter().filter_map(Given::record).count(), 2);
    // A comment that is not closed, or has nothing after it, is XML.
    for text in ["<!-- x", "<!-- x -->\n", "<!-- x --> text"] {
        assert_eq!(Format::detect(text.as_bytes()), Some(Format::Marcxml), "{text}");
    }
}

#[test]
fn text_is_known_by_its_first_record_whatever_follows() {
    for format in TEXT {
        let text = write(&[sample("one"), sample("two")], format).0;
        let expected = Format::detect(&text).unwrap();
        let (found, given) = read_unnamed(&[&text, &b"\n\n"[..], &simple("three")].concat());
        assert_eq!(found, expected);
        assert_eq!(&told(&given)[..2], ["one", "two"], "{format}");
        // Text outside of records is not lost in silence.
        let lost = given[2..].iter().map(|given| match given {
            Given::Fault { raw, .. } => raw.len(),
            Given::Record { .. } => panic!("{given:?}"),
        });
        assert!(lost.sum::<usize>() >= simple("three").len(), "{format}: {given:?}");
    }
}

#[test]
fn utf_16_is_marcxml_only_if_markup_begins_it() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let one = xml("one");
    assert_eq!(read_unnamed(&wide(&format!("\u{FEFF}\r\n {one}"))).0, Format::Marcxml);
    assert_eq!(read_unnamed(&wide(&format!("\n{one}"))).0, Format::Marcxml);
    let iso = String::from_utf8(simple("one")).unwrap();
    assert_eq!(Format::detect(&wide(&format!("\u{FEFF}{iso}"))), None);
    assert_eq!(Format::detect(&wide("\u{FEFF}[{}]")), None);
    let mut reader = tidemarc::Reader::from_bytes(wide(&format!("\u{FEFF}{iso}")));
    let reason = reader.next().unwrap().unwrap_err().reason();
    assert!(reason.starts_with("the input looks like UTF-16, not MARC: "), "{reason}");
}

#[test]
fn what_is_no_record_in_xml_is_a_fault_or_the_envelope() {
    let (one, two, three) = (xml("one"), xml("two"), xml("three"));
    let misnamed = two.replace("record>", "recrd>");
    let fields = &two[8..two.len() - 9];
    for (text, expected) in [
        (
            format!(
                "<collection>{one}PRECIOUS TEXT <foo>x</foo> </record>{misnamed}{three}</collection>"
            ),
            vec![
                "one",
                "!PRECIOUS TEXT ",
                "!<foo>x</foo>",
                "!</record>",
                &*format!("!{misnamed}"),
                "three",
            ],
        ),
        (format!("<a>{fields}</a>{one}"), vec![&*format!("!{LEADER}"), "one"]),
        (format!("<collection><![CDATA[x]]>{one}</collection>"), vec!["!<![CDATA[x]]>", "one"]),
        (format!("<a>x{one}y</a>"), vec!["!x", "one", "!y"]),
        (
            format!("<collection><record><x>y</x></record>{one}</collection>"),
            vec!["!<record><x>y</x></record>", "one"],
        ),
        (
            format!("<OAI-PMH><record><metadata><x>y</x></metadata></record>{one}</OAI-PMH>"),
            vec!["!<record><metadata><x>y</x></metadata></record>", "one"],
        ),
        // An envelope without a record.
        ("<rss><channel>x</channel></rss>".into(), vec!["!</rss>"]),
        ("<a><b/></a>".into(), vec!["!</a>"]),
        // An envelope alone.
        ("<records></records>".into(), vec![]),
        (format!("<collection><foo> <bar/> </foo>{one}</collection>"), vec!["one"]),
        ("<OAI-PMH><responseDate>2002</responseDate><error>none</error></OAI-PMH>".into(), vec![]),
        (
            format!(
                "<?xml version='1.0'?><!-- a --><collection>\n<?b c?><sets>{one}<!-- d -->{two}</sets></collection>\n<!-- e -->"
            ),
            vec!["one", "two"],
        ),
        (
            format!(
                "<s:searchRetrieveResponse><s:numberOfRecords>1</s:numberOfRecords><s:records><s:record>\
                 <s:recordSchema>marcxml</s:recordSchema><s:recordData>{one}</s:recordData>\
                 <s:recordPosition>1</s:recordPosition></s:record></s:records></s:searchRetrieveResponse>"
            ),
            vec!["one"],
        ),
        (
            format!(
                "<OAI-PMH><responseDate>2002</responseDate><ListRecords><record><header status='deleted'>\
                 <identifier>1</identifier></header></record><record><header><identifier>2</identifier>\
                 </header><metadata>{one}</metadata></record></ListRecords></OAI-PMH>"
            ),
            vec!["one"],
        ),
    ] {
        let told = told_of(&text, Format::Marcxml);
        // Only the first piece of a fault is compared.
        let is_same = |(told, expected): (&String, &&str)| {
            told == expected || (expected.starts_with("!<leader>") && expected.starts_with(&**told))
        };
        assert_eq!(told.len(), expected.len(), "{text}: {told:?}");
        assert!(told.iter().zip(&expected).all(is_same), "{text}: {told:?}");
    }
}

#[test]
fn what_is_no_record_in_json_or_lines_is_a_fault_or_the_envelope() {
    let (one, two) = (json("one"), json("two"));
    let mut late = two.clone();
    late.insert_str(1, "\"_id\":5,");
    let wrapped = format!("{{\"total\":2,\"records\":[{one},{late},{{\"x\":1}}]}}");
    assert_eq!(told_of(&wrapped, Format::Json), ["one", "two"]);
    assert_eq!(told_of(&format!("{one} junk {two}"), Format::Json), ["one", "!junk", "two"]);
    assert_eq!(told_of("{\"error\":\"none\"}", Format::Json), ["!{\"error\":\"none\"}"]);
    let iso = String::from_utf8(simple("one")).unwrap();
    for (format, comment) in [(Format::Marcmaker, "#"), (Format::Line, "(")] {
        let given = read(format!("{comment} a comment\n").as_bytes(), format);
        assert_eq!(given, []);
        let given = read(format!("{comment}{iso}").as_bytes(), format);
        assert!(matches!(given[..], [Given::Fault { .. }]), "{given:?}");
    }
}

#[test]
fn a_line_that_is_no_leader_begins_no_record_in_the_line_format() {
    let one = "00000nam a2200000   4500\n001 one\n\n";
    let told = |junk: &str| told_of(&format!("{one}{junk}"), Format::Line);
    for junk in [
        "\0\0",
        "garbage\n",
        "Error: connection reset by peer\n",
        "twenty-four characters!!\n",
        "12345\n",
        "00000nam a220\n",
        "garbage\n001 two\n",
        // A field without the leader.
        "245 10 $a A title, of 24\n500    $a A note\n",
        "001 two\n",
    ] {
        assert_eq!(told(junk), ["one", &format!("!{junk}")], "{junk}");
    }
    // The leader may be alone, or unusual if fields follow it.
    for (leader, rest) in [
        ("00000nam a2200000   4500", ""),
        ("     nam a22     2a 4500", ""),
        ("  123nam a22     2a 4500", "001 two\n"),
        ("00000nam a2200000   45", "001 two\n"),
        ("00000nam a2200000   4500  ", "001 two\n"),
        ("llllinam a22bbbbb   4500", "001 two\n"),
        ("                        ", "001 two\n"),
    ] {
        let given = read(format!("{one}{leader}\n{rest}").as_bytes(), Format::Line);
        let found: Vec<_> = given.iter().map(|one| one.record().expect("a record")).collect();
        assert_eq!(found.len(), 2, "{leader}");
        assert_eq!(found[1].leader().as_bytes()[5..20], leader.as_bytes()[5..20]);
        assert_eq!(found[1].fields().len(), rest.lines().count());
    }
}

#[test]
fn a_line_of_blanks_ends_a_record_as_an_empty_one_does() {
    for (format, line) in [
        (Format::Marcmaker, "=LDR  00000nam a2200000   4500\n=001  one\n=500  \\\\$ax"),
        (Format::Line, "00000nam a2200000   4500\n001 one\n500    $a x"),
    ] {
        let clean = read(format!("{line}\n\n{line}\n").as_bytes(), format);
        assert_eq!(told(&clean), ["one", "one"]);
        let whole = |given: &[Given]| -> Vec<_> {
            given.iter().map(|one| one.record().expect("a record").clone()).collect()
        };
        for blank in [" ", "\t", " \t  ", "  \r", "\r", "\r\r"] {
            for end in ["\n", "\n\n", "\n \n\n"] {
                let text = format!("{blank}\n{line}\n{blank}{end}{line}\n{blank}");
                let given = read(text.as_bytes(), format);
                assert_eq!(whole(&given), whole(&clean), "{}", text.escape_debug());
                assert_eq!(Reader::from_bytes(text).format(), Some(format));
            }
        }
        // DOS ends a file in this way.
        let text = format!("{line}\n\x1A");
        assert_eq!(whole(&read(text.as_bytes(), format)), whole(&clean)[..1]);
    }
}

#[test]
fn a_leader_with_separators_is_refused_or_treated_as_asked() {
    let text = b"=LDR  00000nam\x1E a2200000   4500\n=001  one\n";
    assert!(matches!(
        read(text, Format::Marcmaker)[..],
        [Given::Fault { kind: ErrorKind::Leader, .. }]
    ));
    for controls in [Controls::Skip, Controls::Replace] {
        let options = Reader::builder().controls(controls);
        let given = read_with(text, Format::Marcmaker, options);
        let [Given::Record { record, notes, .. }] = &given[..] else { panic!("{given:?}") };
        assert_eq!(record.leader().as_bytes(), b"00000nam a2200000   4500");
        assert_eq!(notes[0].kind(), NoteKind::ControlCharacter);
    }
}

/// Checks an input that a property test found: trimmed like a blank, it was an endless fault of no
/// bytes.
#[test]
fn a_form_feed_among_json_is_a_fault_of_one_byte() {
    let text = format!("\x0C,{}", json("a"));
    let given = read(text.as_bytes(), Format::Json);
    assert_eq!(told(&given), ["!\x0C", "a"]);
}

#[test]
fn json_that_is_cut_in_the_middle_does_not_say_that_the_input_ends() {
    let (one, two, three) = (json("one"), json("two"), json("three"));
    for separator in [",", ",\n"] {
        for cut in [40, 60] {
            let text = [&*one, &two[..cut], &three].join(separator);
            let given = read(format!("[{text}]").as_bytes(), Format::Json);
            assert!(
                matches!(given[1], Given::Fault { kind: ErrorKind::Syntax, .. }),
                "{cut}: {given:?}"
            );
            assert_eq!(told(&given[2..]), ["three"]);
            let given = read(format!("[{one},{}", &two[..cut]).as_bytes(), Format::Json);
            assert!(matches!(given[1], Given::Fault { kind: ErrorKind::Truncation, .. }));
        }
    }
}

#[test]
fn a_record_of_text_that_is_refused_is_lost_and_no_field_of_it() {
    for format in TEXT {
        let mut text = write(&[sample("one")], format).0;
        let at = memchr::memmem::find(&text, "Фёдор".as_bytes()).unwrap();
        text[at] = b'x';
        let mut reader = Reader::builder().format(format).from_bytes(text);
        let error = reader.next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.severity()), (ErrorKind::Encoding, Severity::LostRecord));
    }
}

/// A source that returns these bytes, and then fails: a reader that reads on has waited too long.
struct NoMore(Cursor<Vec<u8>>);

impl io::Read for NoMore {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Ok(0) => Err(io::ErrorKind::TimedOut.into()),
            read => read,
        }
    }
}

#[test]
fn a_format_is_known_by_the_last_byte_of_its_first_record() {
    for text in [
        format!("<?xml version='1.0' encoding='ISO-8859-1'?><collection>{}", xml("one")),
        format!("<collection><record><x/></record>{}", xml("one")),
        format!("[{}", json("one")),
        format!("{{\"a\":1}}\n{}", json("one")),
        "=LDR  00000nam a2200000   4500\n=001  one\n\n".into(),
        "# no record\n\n=LDR  00000nam a2200000   4500\n=001  one\n\n".into(),
        "00000nam a2200000   4500\n001 one\n\n".into(),
    ] {
        let mut reader = Reader::from_reader(NoMore(Cursor::new(text.into())));
        let record = reader.by_ref().find_map(Result::ok).unwrap();
        assert_eq!(record.view().control_number(), Some(&b"one"[..]));
    }
}
