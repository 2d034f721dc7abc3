use std::fs;

use flagcdk_assembly::Architecture;
use flagcdk_engine::PackageError;
use flagcdk_engine::package::package_binary;

/// What a synthetic ELF file says of itself.
struct Elf {
    class: u8,
    kind: u16,
    machine: u16,
    loader: &'static str,
    needed: &'static [&'static str],
    /// Versions of symbols, and whether they are needed weakly.
    versions: &'static [(&'static str, bool)],
}

const X86_64: u16 = 62;
const AARCH64: u16 = 183;

impl Default for Elf {
    fn default() -> Self {
        Self {
            class: 2,
            kind: 3,
            machine: X86_64,
            loader: "/lib64/ld-linux-x86-64.so.2",
            needed: &["libgcc_s.so.1", "libc.so.6", "ld-linux-x86-64.so.2"],
            versions: &[("GLIBC_2.2.5", false), ("GLIBC_2.34", false)],
        }
    }
}

impl Elf {
    /// A file of one segment with the loader's path, and of three sections: strings, dynamic entries, versions.
    fn bytes(&self) -> Vec<u8> {
        let mut strings = vec![0_u8];
        let mut string = |text: &str| {
            let at = strings.len();
            strings.extend_from_slice(text.as_bytes());
            strings.push(0);
            at
        };
        let mut dynamic: Vec<u8> = Vec::new();
        for name in self.needed {
            dynamic.extend_from_slice(&1_u64.to_le_bytes());
            dynamic.extend_from_slice(&(string(name) as u64).to_le_bytes());
        }
        dynamic.extend_from_slice(&[0; 16]);
        let mut versions: Vec<u8> = Vec::new();
        let file = string("libc.so.6") as u32;
        versions.extend_from_slice(&1_u16.to_le_bytes());
        versions.extend_from_slice(&(self.versions.len() as u16).to_le_bytes());
        for word in [file, 16, 0] {
            versions.extend_from_slice(&word.to_le_bytes());
        }
        for (index, (name, weak)) in self.versions.iter().enumerate() {
            let next = if index + 1 == self.versions.len() { 0 } else { 16_u32 };
            versions.extend_from_slice(&0_u32.to_le_bytes());
            versions.extend_from_slice(&(if *weak { 2_u16 } else { 0 }).to_le_bytes());
            versions.extend_from_slice(&(index as u16 + 2).to_le_bytes());
            versions.extend_from_slice(&(string(name) as u32).to_le_bytes());
            versions.extend_from_slice(&next.to_le_bytes());
        }
        let loader = [self.loader.as_bytes(), &[0]].concat();

        let parts = [&loader, &strings, &dynamic, &versions];
        let mut offsets = Vec::new();
        let mut body = vec![0; 64 + 56];
        for part in parts {
            body.resize(body.len().next_multiple_of(8), 0);
            offsets.push(body.len() as u64);
            body.extend_from_slice(part);
        }
        body.resize(body.len().next_multiple_of(8), 0);
        let sections = body.len() as u64;
        // Kind of section, place, length, link to the strings, number of entries, length of an entry.
        let headers: [(u32, u64, u64, u32, u32, u64); 4] = [
            (0, 0, 0, 0, 0, 0),
            (3, offsets[1], strings.len() as u64, 0, 0, 0),
            (6, offsets[2], dynamic.len() as u64, 1, 0, 16),
            (0x6fff_fffe, offsets[3], versions.len() as u64, 1, 1, 0),
        ];
        for (kind, offset, size, link, info, entry_size) in headers {
            body.extend_from_slice(&0_u32.to_le_bytes());
            body.extend_from_slice(&kind.to_le_bytes());
            for word in [0, 0, offset, size] {
                body.extend_from_slice(&u64::to_le_bytes(word));
            }
            body.extend_from_slice(&link.to_le_bytes());
            body.extend_from_slice(&info.to_le_bytes());
            body.extend_from_slice(&8_u64.to_le_bytes());
            body.extend_from_slice(&entry_size.to_le_bytes());
        }

        let mut header = vec![0x7f, b'E', b'L', b'F', self.class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        header.extend_from_slice(&self.kind.to_le_bytes());
        header.extend_from_slice(&self.machine.to_le_bytes());
        header.extend_from_slice(&1_u32.to_le_bytes());
        for word in [0, 64, sections] {
            header.extend_from_slice(&u64::to_le_bytes(word));
        }
        header.extend_from_slice(&0_u32.to_le_bytes());
        for half in [64_u16, 56, 1, 64, 4, 1] {
            header.extend_from_slice(&half.to_le_bytes());
        }
        body[..64].copy_from_slice(&header);
        let mut segment = Vec::new();
        segment.extend_from_slice(&3_u32.to_le_bytes());
        segment.extend_from_slice(&4_u32.to_le_bytes());
        for word in [offsets[0], 0, 0, loader.len() as u64, loader.len() as u64, 1] {
            segment.extend_from_slice(&word.to_le_bytes());
        }
        body[64..64 + 56].copy_from_slice(&segment);
        body
    }
}

/// Holds what is said of a binary; nothing if it is packaged.
#[track_caller]
fn check_bytes(bytes: &[u8], architecture: Architecture, expected: &str) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("bootstrap");
    fs::write(&path, bytes).unwrap();
    let got = match package_binary(&path, architecture, &root.path().join("cache")) {
        Ok(_) => String::new(),
        Err(PackageError::WouldNotRun { faults, .. }) => {
            faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
        Err(other) => panic!("{other}"),
    };
    assert_eq!(got, expected);
}

#[track_caller]
fn check(elf: Elf, expected: &str) {
    check_bytes(&elf.bytes(), Architecture::X86_64, expected);
}

#[test]
fn binaries_that_run() {
    check(Elf::default(), "");
    // Linked statically.
    check(Elf { needed: &[], versions: &[], ..Elf::default() }, "");
    // What is needed weakly may be missing.
    check(Elf { versions: &[("GLIBC_2.17", false), ("GLIBC_2.39", true)], ..Elf::default() }, "");
    let arm = Elf { machine: AARCH64, loader: "/lib/ld-linux-aarch64.so.1", needed: &["libc.so.6"], ..Elf::default() };
    check_bytes(&arm.bytes(), Architecture::Arm64, "");
}

#[test]
fn binaries_that_do_not_run() {
    check(Elf { machine: AARCH64, ..Elf::default() }, "it is for arm64, wanted x86_64");
    check_bytes(&Elf::default().bytes(), Architecture::Arm64, "it is for x86_64, wanted arm64");
    check(Elf { machine: 243, ..Elf::default() }, "it is for machine 243, wanted x86_64");
    check(
        Elf { kind: 1, ..Elf::default() },
        "it is not a 64-bit ELF executable for Linux: it is an object file or a core dump",
    );
    check(Elf { class: 1, ..Elf::default() }, "it is not a 64-bit ELF executable for Linux: Unsupported ELF header");
    check(
        Elf { versions: &[("GLIBC_2.34", false), ("GLIBC_2.38", false)], ..Elf::default() },
        "it needs glibc 2.38, and Amazon Linux 2023 has 2.34",
    );
    check(
        Elf { versions: &[("GLIBC_ABI_DT_RELR", false)], ..Elf::default() },
        "it needs glibc 2.36, and Amazon Linux 2023 has 2.34",
    );
    check(
        Elf { needed: &["libssl.so.3", "libc.so.6", "libz.so.1"], ..Elf::default() },
        "it needs the shared library `libssl.so.3`, which Lambda does not have; it needs the shared library `libz.so.1`, which Lambda does not have",
    );
    check(
        Elf { loader: "/lib/ld-musl-x86_64.so.1", ..Elf::default() },
        "it needs the shared library `/lib/ld-musl-x86_64.so.1`, which Lambda does not have",
    );
    check_bytes(
        b"it is not a 64-bit ELF executable for Linux: Invalid ELF header size or alignment",
        Architecture::X86_64,
        "it is not a 64-bit ELF executable for Linux: Unsupported ELF header",
    );
    check_bytes(
        b"#!/bin/sh\nexec node index.js\n",
        Architecture::X86_64,
        "it is not a 64-bit ELF executable for Linux: Invalid ELF header size or alignment",
    );
}

#[test]
fn damaged_binaries_are_refused_without_a_panic() {
    let whole = Elf::default().bytes();
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("bootstrap");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(package_binary(&path, Architecture::X86_64, &root.path().join("cache")).is_err(), "{length} bytes");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] = 0xff;
        fs::write(&path, &bytes).unwrap();
        let _ = package_binary(&path, Architecture::X86_64, &root.path().join("cache"));
    }
}

#[test]
fn the_program_that_runs_this_test_is_judged() {
    let own = std::env::current_exe().unwrap();
    let root = tempfile::tempdir().unwrap();
    let other = match crate::host() {
        Architecture::X86_64 => Architecture::Arm64,
        Architecture::Arm64 => Architecture::X86_64,
    };
    let error = package_binary(&own, other, root.path()).unwrap_err();
    assert_eq!(error.code(), "package::would-not-run");
    assert!(error.help().contains("change the function's architecture"), "{}", error.help());
}
