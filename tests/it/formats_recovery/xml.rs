//! Damage in XML.

use super::*;

#[test]
fn what_is_not_closed_in_xml_costs_its_record_alone() {
    for junk in
        ["<?", "<!--", "<![CDATA[", "<!DOCTYPE x [", "<!x", "<!", "<!-", "<![CDATA", "<?xml "]
    {
        let mut records = xmls(0..6);
        records[2] = records[2].replace("A title", &format!("A {junk}title"));
        let told = told_of(&collection(&records), Format::Marcxml);
        assert_eq!(told, ["0", "1", "!", "3", "4", "5"], "{junk}");
        // Between records, it is nothing but itself.
        let mut records = xmls(0..4);
        records.insert(2, format!("{junk}\n"));
        let told = told_of(&collection(&records), Format::Marcxml);
        assert_eq!(told, ["0", "1", "!", "2", "3"], "{junk}");
    }
}

#[test]
fn what_ends_in_another_record_does_not_swallow_those_between() {
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        let mut records = xmls(0..6);
        records[1] = records[1].replace("A title", &format!("A {begin}title"));
        records[4] = records[4].replace("A title", &format!("A {end}title"));
        let numbers = numbers_of(&collection(&records), Format::Marcxml);
        // The end alone is text, but for `]]>`, which no text may hold, and which is let pass.
        assert_eq!(numbers, ["0", "2", "3", "4", "5"], "{begin}");
        // As is what ends with the comment of somebody else.
        let mut records = xmls(0..6);
        records[1] = records[1].replace("A title", &format!("A {begin}title"));
        records.insert(4, format!("{begin} a remark {end}\n"));
        let numbers = numbers_of(&collection(&records), Format::Marcxml);
        assert_eq!(numbers, ["0", "2", "3", "4", "5"], "{begin}");
        // Also where it begins between records.
        let mut records = xmls(0..6);
        records[1].push_str(begin);
        records.insert(4, format!("{begin} a remark {end}\n"));
        let numbers = numbers_of(&collection(&records), Format::Marcxml);
        assert_eq!(numbers, ["0", "1", "2", "3", "4", "5"], "{begin}");
    }
}

#[test]
fn a_record_that_was_commented_out_is_none() {
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?x ", "?>")] {
        let mut records = xmls(0..5);
        records[1] = format!("{begin}{}{}{end}\n", records[1], records[2].replace('A', "--"));
        records.remove(2);
        let mut told = told_of(&collection(&records), Format::Marcxml);
        // A CDATA section is text, which stands where a record should.
        told.retain(|number| number != "!");
        assert_eq!(told, ["0", "3", "4"], "{begin}");
    }
    // In a record, and in another one's envelope.
    let inner = xml("0").replace("<datafield", &format!("<!-- {} --><datafield", xml("1")));
    assert_eq!(told_of(&collection(&[inner, xml("2")]), Format::Marcxml), ["0", "2"]);
    let wrapped =
        format!("<r:record><header/><!-- <r:record>{}</r:record> --> </r:record>", xml("1"));
    assert_eq!(told_of(&format!("<x>{wrapped}{}</x>", xml("2")), Format::Marcxml), ["2"]);
}

#[test]
fn a_declaration_that_is_not_closed_costs_itself() {
    let document = collection(&xmls(0..4));
    for head in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\">\n",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"\n",
        "<?xml-stylesheet href=\"a\">\n",
        "<!-- a remark -- >\n",
        "<!DOCTYPE collection SYSTEM \"a.dtd>\n",
        "<!DOCTYPE collection [<!ENTITY a 'x'>\n",
    ] {
        let told = told_of(&format!("{head}{document}"), Format::Marcxml);
        assert_eq!(told, ["!", "0", "1", "2", "3"], "{head}");
        // Also if its end may come beyond the limit on records.
        let options = Reader::builder().max_record_length(400);
        let given = read_with(format!("{head}{document}").as_bytes(), Format::Marcxml, options);
        assert_eq!(told_records(&given), numbers(0..4), "{head}");
    }
}
