"""Vietnamese folding, document keys and sort keys as immutable SQL, so that columns and indexes can hold them.

Every name is written with its schema and no function sets search_path, so `pg_dump` restores generated columns.
Every app with such columns lists ("portal", "0001_text") in the dependencies of its first migration.
"""

from django.db import migrations

EXTENSIONS = """
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
"""

# unaccent folds đ and all Vietnamese letters but counts as STABLE, since its rules file could change.
VN_FOLD = r"""
CREATE FUNCTION public.vn_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
    pg_catalog.lower(public.unaccent('public.unaccent'::pg_catalog.regdictionary,
      pg_catalog.translate(pg_catalog.normalize(value, 'NFC'), '’ʼ‘', ''''''''))),
    '[\u0300-\u036f]', '', 'g'),               -- Jrai ơ̆ keeps its breve beside the letter, even in NFC
    '(qu|[hklmstv])y\M', '\1i', 'g'),          -- Mỹ is Mĩ, quý is quí
    '[\s\u00a0\u2000-\u200b\u3000]+', ' ', 'g'))
$body$;
COMMENT ON FUNCTION public.vn_fold(text) IS 'Text without accents and case, for search: Huyện Đăk Pơ → huyen dak po';
"""

VN_DOCUMENT_KEY = r"""
CREATE FUNCTION public.vn_document_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT pg_catalog.regexp_replace(
    pg_catalog.lower(public.unaccent('public.unaccent'::pg_catalog.regdictionary,
      pg_catalog.normalize(value, 'NFC'))),
    '[^a-z0-9]+', '', 'g')
$body$;
COMMENT ON FUNCTION public.vn_document_key(text) IS 'Number of a document, letters and digits only: 123-KH/TĐTN → 123khtdtn';
"""

# The key holds the letters, then a space, then one tone digit a word. In the letters `!` stands between words and
# each of the 33 letters (29 Vietnamese, f j w z) is one ASCII character, so that bytes sort as the alphabet does.
VN_SORT_KEY = r"""
CREATE FUNCTION public.vn_sort_key(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
  marks text := pg_catalog.lower(pg_catalog.translate(pg_catalog.normalize(value, 'NFD'), 'Đ''’ʼ‘', 'đ'));
  letters text;
BEGIN
  marks := pg_catalog.btrim(pg_catalog.regexp_replace(
    marks, '[\s\u00a0\u2000-\u200b\u2010-\u2015\u3000!-/:-@\[-`{-~]+', ' ', 'g'));
  letters := pg_catalog.normalize(
    pg_catalog.translate(marks, U&'\0300\0309\0303\0301\0323', ''), 'NFC');
  letters := public.unaccent('public.unaccent'::pg_catalog.regdictionary,
    pg_catalog.translate(letters, 'ăâđêôơư', '[]^_{|}'));  -- unaccent folds č ŏ ƀ, but not these seven
  letters := pg_catalog.regexp_replace(pg_catalog.lower(letters), '[\u0300-\u036f]', '', 'g');
  letters := pg_catalog.translate(letters,
    ' a[]bcd^e_fghijklmno{|pqrstu}vwxyz',
    '!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg');
  letters := pg_catalog.regexp_replace(letters, '([0-9]+)', '00000\1', 'g');
  letters := pg_catalog.regexp_replace(letters, '0*([0-9]{6,})', '\1', 'g');  -- thôn 2 before thôn 10
  RETURN letters || ' ' || pg_catalog.translate(
    pg_catalog.regexp_replace(marks, '[^\u0300\u0309\u0303\u0301\u0323 ]', '', 'g'),
    U&'\0300\0309\0303\0301\0323', '23456');  -- huyền hỏi ngã sắc nặng
END
$body$;
COMMENT ON FUNCTION public.vn_sort_key(text) IS 'Vietnamese alphabet order, tones second, under COLLATE "C"';
"""

VN_PERSON_KEY = r"""
CREATE FUNCTION public.vn_person_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
  SELECT public.vn_sort_key(pg_catalog.regexp_replace(pg_catalog.btrim(value), '^.*\s', '')) || ' ' ||
         public.vn_sort_key(pg_catalog.regexp_replace(pg_catalog.btrim(value), '\S+$', ''))
$body$;
COMMENT ON FUNCTION public.vn_person_key(text) IS 'Order of people: given name (last word), then family and middle names';
"""


def function(name, sql):
    return migrations.RunSQL(sql, f"DROP FUNCTION public.{name}(text)")


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(EXTENSIONS, migrations.RunSQL.noop),
        function("vn_fold", VN_FOLD),
        function("vn_document_key", VN_DOCUMENT_KEY),
        function("vn_sort_key", VN_SORT_KEY),
        function("vn_person_key", VN_PERSON_KEY),
    ]
