//! Archives.

/// Returns a zip archive of files without compression.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in files {
        let offset = (archive.len() as u32).to_le_bytes();
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let length = (data.len() as u32).to_le_bytes();
        let [checksum, name_length] = [crc.sum(), name.len() as u32].map(u32::to_le_bytes);
        let fields =
            [&[10, 0, 0, 0, 0, 0, 0, 0, 0, 0], &checksum[..], &length, &length, &name_length];
        let fields = fields.concat();
        archive.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), data].concat());
        directory.extend([b"PK\x01\x02\x0A\x00", &fields[..], &[0; 10]].concat());
        directory.extend([&offset[..], name.as_bytes()].concat());
    }
    let start = (archive.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    let [count, _] = (files.len() as u16).to_le_bytes();
    archive.extend([&directory[..], b"PK\x05\x06", &[0, 0, 0, 0, count, 0, count, 0]].concat());
    archive.extend([&length[..], &start, &[0, 0]].concat());
    archive
}
