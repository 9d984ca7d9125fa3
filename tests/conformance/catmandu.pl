# Prints the values that Catmandu's marc_spec finds, as a line of JSON for each record.
#
#     perl catmandu.pl FILE.xml SELECTOR …
use strict;
use warnings;
use Catmandu::Importer::MARC;
use Catmandu::MARC;
use JSON::PP;

my ($file, @selectors) = @ARGV;
my $marc = Catmandu::MARC->instance;
my $json = JSON::PP->new->utf8->allow_nonref;
my $records = Catmandu::Importer::MARC->new(file => $file, type => 'XML');
$records->each(sub {
    my ($record) = @_;
    my @found = map {
        my $values = $marc->marc_spec($record, $_, { '-split' => 1 });
        ref $values ? $values->[0] : [];
    } @selectors;
    print $json->encode(\@found), "\n";
});
