//! Whether a binary runs where Lambda runs it: `provided.al2023`, which is Amazon Linux 2023 with glibc 2.34.

use flagcdk_assembly::Architecture;
use object::Endianness;
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

use super::error::ElfFault;

/// The version of glibc in Amazon Linux 2023.
const GLIBC: (u32, u32) = (2, 34);
const GLIBC_TEXT: &str = "2.34";

/// The shared libraries that are part of glibc or of the compiler, by the beginning of their names.
const LIBRARIES: [&str; 7] =
    ["libc.so", "libm.so", "libgcc_s.so", "libpthread.so", "libdl.so", "librt.so", "ld-linux-"];

/// The programs that load a binary and its libraries.
const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/// Everything that speaks against running the binary.
pub(super) fn faults(bytes: &[u8], architecture: Architecture) -> Vec<ElfFault> {
    read(bytes, architecture).unwrap_or_else(|reason| vec![ElfFault::NotElf { reason }])
}

fn read(bytes: &[u8], architecture: Architecture) -> Result<Vec<ElfFault>, String> {
    let text = |error: object::read::Error| error.to_string();
    let header = FileHeader64::<Endianness>::parse(bytes).map_err(text)?;
    let endian = header.endian().map_err(text)?;
    let kind = header.e_type(endian);
    if kind != elf::ET_EXEC && kind != elf::ET_DYN {
        return Err("it is an object file or a core dump".to_owned());
    }
    let mut faults = Vec::new();
    let (wanted_machine, wanted) = match architecture {
        Architecture::X86_64 => (elf::EM_X86_64, "x86_64"),
        Architecture::Arm64 => (elf::EM_AARCH64, "arm64"),
    };
    let machine = header.e_machine(endian);
    if machine != wanted_machine || endian == Endianness::Big {
        let got = match machine {
            elf::EM_X86_64 => "x86_64".to_owned(),
            elf::EM_AARCH64 => "arm64".to_owned(),
            other => format!("machine {}", other.0),
        };
        faults.push(ElfFault::Machine { got, wanted });
    }
    let sections = header.sections(endian, bytes).map_err(text)?;
    let segments = header.program_headers(endian, bytes).map_err(text)?;
    for segment in segments {
        let loader = segment.interpreter(endian, bytes).map_err(text)?.map(String::from_utf8_lossy);
        if let Some(loader) = loader.filter(|loader| !LOADERS.contains(&&**loader)) {
            faults.push(ElfFault::Library { name: loader.into_owned() });
        }
    }
    if sections.is_empty() && segments.iter().any(|segment| segment.p_type.get(endian) == elf::PT_DYNAMIC) {
        return Err("its section headers were removed, so that nothing is known of what it needs".to_owned());
    }
    let dynamic = sections.dynamic_table(endian, bytes).map_err(text)?;
    for entry in dynamic.iter().filter(|entry| entry.tag == elf::DT_NEEDED) {
        let name = String::from_utf8_lossy(dynamic.string(entry).map_err(text)?).into_owned();
        if !LIBRARIES.iter().any(|allowed| name.starts_with(allowed)) {
            faults.push(ElfFault::Library { name });
        }
    }
    let mut newest = None;
    if let Some((mut files, strings)) = sections.gnu_verneed(endian, bytes).map_err(text)? {
        let strings = sections.strings(endian, bytes, strings).map_err(text)?;
        while let Some((_, mut versions)) = files.next().map_err(text)? {
            while let Some(version) = versions.next().map_err(text)? {
                // What is needed weakly may be missing.
                let is_weak = version.vna_flags.get(endian).contains(elf::VER_FLG_WEAK);
                let name = version.name(endian, strings).map_err(text)?;
                if !is_weak && let Some(version) = glibc_version(&String::from_utf8_lossy(name)) {
                    newest = newest.max(Some(version));
                }
            }
        }
    }
    if let Some((major, minor)) = newest.filter(|newest| *newest > GLIBC) {
        faults.push(ElfFault::Glibc { got: format!("{major}.{minor}"), has: GLIBC_TEXT });
    }
    Ok(faults)
}

/// `GLIBC_2.34` or `GLIBC_2.2.5`; the third number has not been used since.
fn glibc_version(name: &str) -> Option<(u32, u32)> {
    // Relative relocations in their packed form are understood from this version on.
    if name == "GLIBC_ABI_DT_RELR" {
        return Some((2, 36));
    }
    let mut numbers = name.strip_prefix("GLIBC_")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
