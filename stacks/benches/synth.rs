//! How long the whole app takes from nothing to an assembly on disk.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flagcdk::patterns::Services;
use flagcdk_stacks::{Config, app_with};

fn synth(c: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    for count in [156, 1560] {
        let mut config = Config::new("dev");
        config.services = Services::numbered(count);
        let synth = || app_with(black_box(&config)).synth().expect("the app is sound");
        c.bench_function(&format!("construct and synth {count} services"), |b| b.iter(synth));
        c.bench_function(&format!("construct, synth and write {count} services"), |b| {
            let mut run = 0_usize;
            b.iter_with_setup(
                || {
                    run += 1;
                    directory.path().join(format!("{count}-{run}"))
                },
                |out| synth().write(&out).expect("the directory can be written"),
            );
        });
    }
}

criterion_group!(benches, synth);
criterion_main!(benches);
