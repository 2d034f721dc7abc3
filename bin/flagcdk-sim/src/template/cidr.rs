//! `Fn::Cidr`: blocks of addresses cut out of a larger block.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::TemplateError;

/// `count` blocks of `host_bits` bits each, in order from the start of `block`.
pub(super) fn split(block: &str, count: usize, host_bits: Option<u32>) -> Result<Vec<String>, TemplateError> {
    let invalid = || TemplateError::rule(format_args!("Fn::Cidr cannot split '{block}': it is no CIDR block"));
    let (address, prefix) = block.split_once('/').ok_or_else(invalid)?;
    let prefix: u32 = prefix.parse().map_err(|_| invalid())?;
    let (base, width) = if let Ok(address) = address.parse::<Ipv4Addr>() {
        (u128::from(u32::from(address)), 32)
    } else if let Ok(address) = address.parse::<Ipv6Addr>() {
        (u128::from(address), 128)
    } else {
        return Err(invalid());
    };
    if prefix > width {
        return Err(invalid());
    }
    if !(1..=256).contains(&count) {
        return Err(TemplateError::rule(format_args!("Fn::Cidr makes between 1 and 256 blocks, got {count}")));
    }
    let host_bits = host_bits.unwrap_or(if width == 32 { 8 } else { 64 });
    let fits = host_bits < width
        && host_bits <= width - prefix
        && (count as u128 - 1).checked_shr(width - prefix - host_bits).unwrap_or(0) == 0;
    if !fits {
        return Err(TemplateError::rule(format_args!(
            "Fn::Cidr cannot cut {count} blocks of {host_bits} bits out of {block}"
        )));
    }
    // Bits of the host part of the given block are dropped, as a network has none.
    let size = width - prefix;
    let network = if size == 128 { 0 } else { base >> size << size };
    Ok((0..count as u128)
        .map(|index| {
            let start = network + (index << host_bits);
            let length = width - host_bits;
            if width == 32 {
                let address = Ipv4Addr::from(u32::try_from(start).expect("an IPv4 block holds IPv4 addresses"));
                format!("{address}/{length}")
            } else {
                format!("{}/{length}", Ipv6Addr::from(start))
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_cut() {
        for (block, count, bits, expected) in [
            ("10.0.0.0/16", 3, Some(8), Some(vec!["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"])),
            ("10.7.0.0/16", 2, Some(12), Some(vec!["10.7.0.0/20", "10.7.16.0/20"])),
            ("10.0.0.0/24", 2, Some(7), Some(vec!["10.0.0.0/25", "10.0.0.128/25"])),
            ("2600:1f18::/56", 2, Some(64), Some(vec!["2600:1f18::/64", "2600:1f18:0:1::/64"])),
            ("10.0.0.0/24", 3, Some(7), None),
            ("10.0.0.0/24", 1, Some(9), None),
            ("10.0.0.0/33", 1, None, None),
            ("10.0.0.0", 1, None, None),
            ("10.0.0.0/16", 0, Some(8), None),
            ("10.0.0.0/16", 257, Some(8), None),
            ("0.0.0.0/0", 2, Some(31), Some(vec!["0.0.0.0/1", "128.0.0.0/1"])),
        ] {
            let blocks = split(block, count, bits).ok();
            let expected = expected.map(|list| list.iter().map(ToString::to_string).collect());
            assert_eq!(blocks, expected, "{block}");
        }
    }
}
