//! The network's block of addresses in each region.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use flagcdk::{Region, SettingsReader};

use super::regions;

/// The length of the prefix that a network has: a /16 is the largest that a VPC can be, and is cut into sixteen subnets.
const PREFIX: u8 = 16;

/// A block of IPv4 addresses, such as `10.3.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: Ipv4Addr,
    prefix: u8,
}

/// The number of each region, from which its default block is made. New ones come at the end: a number that changes would
/// replace the region's network and everything in it.
const NUMBERS: [Region; 38] = [
    Region::US_EAST_1,
    Region::US_EAST_2,
    Region::US_WEST_1,
    Region::US_WEST_2,
    Region::CA_CENTRAL_1,
    Region::CA_WEST_1,
    Region::MX_CENTRAL_1,
    Region::SA_EAST_1,
    Region::EU_WEST_1,
    Region::EU_WEST_2,
    Region::EU_WEST_3,
    Region::EU_CENTRAL_1,
    Region::EU_CENTRAL_2,
    Region::EU_NORTH_1,
    Region::EU_SOUTH_1,
    Region::EU_SOUTH_2,
    Region::IL_CENTRAL_1,
    Region::ME_CENTRAL_1,
    Region::ME_SOUTH_1,
    Region::AF_SOUTH_1,
    Region::AP_SOUTH_1,
    Region::AP_SOUTH_2,
    Region::AP_SOUTHEAST_1,
    Region::AP_SOUTHEAST_2,
    Region::AP_SOUTHEAST_3,
    Region::AP_SOUTHEAST_4,
    Region::AP_SOUTHEAST_5,
    Region::AP_SOUTHEAST_6,
    Region::AP_SOUTHEAST_7,
    Region::AP_NORTHEAST_1,
    Region::AP_NORTHEAST_2,
    Region::AP_NORTHEAST_3,
    Region::AP_EAST_1,
    Region::AP_EAST_2,
    Region::CN_NORTH_1,
    Region::CN_NORTHWEST_1,
    Region::US_GOV_EAST_1,
    Region::US_GOV_WEST_1,
];

/// `10.<number of the region>.0.0/16`: no two regions overlap, whichever an app has.
pub(super) fn default_cidr(region: Region) -> Cidr {
    let number = NUMBERS.iter().position(|known| *known == region).and_then(|number| u8::try_from(number).ok());
    Cidr { address: Ipv4Addr::new(10, number.expect("every region has a number"), 0, 0), prefix: PREFIX }
}

/// The blocks of regions that do not have their default.
pub(super) fn read(reader: &mut SettingsReader<'_>, regions: &[Region]) -> BTreeMap<Region, Cidr> {
    let mut blocks = BTreeMap::new();
    if let Some(text) = reader.text("vpc_cidr")
        && let Some(cidr) = parse(reader, "vpc_cidr", &text)
    {
        blocks.extend(regions.iter().map(|region| (*region, cidr)));
        if regions.len() > 1 {
            reader.warning(
                "config::equal-networks",
                "vpc_cidr",
                format!("the networks of {} regions all have the addresses {cidr}", regions.len()),
                "remove `vpc_cidr` for a block of its own in each region; networks that overlap can never be joined",
            );
        }
    }
    let table = reader.text_table("vpc_cidrs");
    for (name, text) in &table {
        let key = format!("vpc_cidrs.{name}");
        let Some(region) = regions::parse(reader, &key, name) else { continue };
        if !regions.contains(&region) {
            let message = format!("the app is not in `{region}`");
            reader.error("config::network-region", &key, message, "remove the block, or add the region to `regions`");
        }
        if let Some(cidr) = parse(reader, &key, text) {
            blocks.insert(region, cidr);
        }
    }
    // What `vpc_cidr` makes equal on purpose was warned of; what the table says must fit together with all others.
    for (name, region) in table.keys().filter_map(|name| Some((name, name.parse::<Region>().ok()?))) {
        let Some(own) = blocks.get(&region) else { continue };
        let other = regions
            .iter()
            .filter(|other| **other != region)
            .find(|other| blocks.get(other).copied().unwrap_or_else(|| default_cidr(**other)).overlaps(*own));
        if let Some(other) = other {
            reader.error(
                "config::overlapping-networks",
                &format!("vpc_cidrs.{name}"),
                format!("{own} of `{region}` overlaps the network of `{other}`"),
                "choose a block that no other region has; networks that overlap can never be joined",
            );
        }
    }
    blocks
}

fn parse(reader: &mut SettingsReader<'_>, key: &str, text: &str) -> Option<Cidr> {
    match text.parse() {
        Ok(cidr) => Some(cidr),
        Err(problem) => {
            let message = format!("`{}` cannot be the network's addresses: {problem}", text.escape_debug());
            let help = "write a private IPv4 block of 65,536 addresses, such as `10.3.0.0/16`";
            reader.error("config::vpc-cidr", key, message, help);
            None
        }
    }
}

impl Cidr {
    fn overlaps(self, other: Cidr) -> bool {
        let prefix = self.prefix.min(other.prefix);
        network(self.address, prefix) == network(other.address, prefix)
    }
}

impl FromStr for Cidr {
    type Err = String;

    /// Takes a private block of the size that a network has.
    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = text.split_once('/').ok_or("it has no `/` and length after it")?;
        let address: Ipv4Addr =
            address.parse().map_err(|_| format!("`{}` is no IPv4 address", address.escape_debug()))?;
        let prefix = prefix.parse::<u8>().ok().filter(|length| *length <= 32);
        let prefix = prefix.ok_or("the length after `/` is not one of 0 to 32")?;
        if prefix != PREFIX {
            let size = if prefix < PREFIX { "larger than a VPC can be" } else { "too small for its subnets" };
            return Err(format!("a /{prefix} is {size}, wanted a /{PREFIX}"));
        }
        let network = network(address, prefix);
        if network != address {
            return Err(format!("it has bits beyond its length; the block is `{network}/{prefix}`"));
        }
        if !address.is_private() {
            return Err("it is not private: 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 are".to_owned());
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn network(address: Ipv4Addr, prefix: u8) -> Ipv4Addr {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    Ipv4Addr::from_bits(address.to_bits() & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_a_block_of_its_own() {
        for (index, region) in Region::ALL.iter().enumerate() {
            for other in &Region::ALL[..index] {
                assert!(!default_cidr(*region).overlaps(default_cidr(*other)), "{region} {other}");
            }
        }
        assert_eq!(default_cidr(Region::EU_WEST_1).to_string(), "10.8.0.0/16");
    }
}
