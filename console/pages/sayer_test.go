package pages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A sayer finds, in the sources of a package, the texts that may reach a place in them: a
// field, or an argument of a call. A text is a literal or a format, {} standing for what is
// put into it, and what may be put into it is looked for in turn: through variables,
// parameters, functions and constants of the package, by their names. What comes from
// elsewhere, such as a name, a number or the error of an engine, is not a text.
type sayer struct {
	files  []*ast.File
	funcs  map[string][]*ast.FuncDecl
	consts map[string][]ast.Expr // of the package, and package.Name of those beside it
	within map[ast.Node]*ast.FuncDecl
	fields []string // that are followed to what is put into them

	said map[string]bool
	seen map[string]bool
}

// sources parses the packages in dirs; the first is that which is read, the others have
// constants that it uses.
func sources(t *testing.T, fields []string, dirs ...string) *sayer {
	t.Helper()
	s := &sayer{funcs: map[string][]*ast.FuncDecl{}, consts: map[string][]ast.Expr{}, within: map[ast.Node]*ast.FuncDecl{}, fields: fields, said: map[string]bool{}, seen: map[string]bool{}}
	for i, dir := range dirs {
		names, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no sources in %s: %v", dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			s.add(f, i == 0)
		}
	}
	return s
}

func (s *sayer) add(f *ast.File, own bool) {
	if own {
		s.files = append(s.files, f)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if own {
				s.funcs[d.Name.Name] = append(s.funcs[d.Name.Name], d)
				if d.Recv != nil { // Type.Method, too
					name := strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*") + "." + d.Name.Name
					s.funcs[name] = append(s.funcs[name], d)
				}
				ast.Inspect(d, func(n ast.Node) bool { s.within[n] = d; return true })
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, value := range v.Values {
					name := v.Names[i].Name
					s.consts[f.Name.Name+"."+name] = append(s.consts[f.Name.Name+"."+name], value)
					if own {
						s.consts[name] = append(s.consts[name], value)
					}
				}
			}
		}
	}
}

// every calls f with each node of the package.
func (s *sayer) every(f func(ast.Node)) {
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				f(n)
			}
			return true
		})
	}
}

// field takes what is put into a field of any of these names.
func (s *sayer) field(names ...string) {
	s.every(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(names, key.Name) {
				s.take(n.Value)
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if sel, ok := left.(*ast.SelectorExpr); ok && slices.Contains(names, sel.Sel.Name) && len(n.Rhs) == len(n.Lhs) {
					s.assigned(n, i)
				}
			}
		}
	})
}

// assigned takes the right side of an assignment; of x += "y", that it is "{}y".
func (s *sayer) assigned(n *ast.AssignStmt, i int) {
	if n.Tok == token.ADD_ASSIGN {
		s.take(&ast.BinaryExpr{X: ast.NewIdent("_"), Op: token.ADD, Y: n.Rhs[i]})
		return
	}
	s.take(n.Rhs[i])
}

// argument takes what functions whose names match are given in a place; -1: in the last.
func (s *sayer) argument(function string, place int) {
	name := regexp.MustCompile("^(" + function + ")$")
	s.every(func(n ast.Node) {
		c, ok := n.(*ast.CallExpr)
		if !ok || !name.MatchString(called(c)) {
			return
		}
		if at := place; at >= 0 && at < len(c.Args) {
			s.take(c.Args[at])
		} else if at < 0 && len(c.Args) > 0 {
			s.take(c.Args[len(c.Args)-1])
		}
	})
}

// element takes what literals of a type hold in a place.
func (s *sayer) element(kind string, place int) {
	s.every(func(n ast.Node) {
		if c, ok := n.(*ast.CompositeLit); ok && c.Type != nil && types.ExprString(c.Type) == kind && place < len(c.Elts) {
			s.take(c.Elts[place])
		}
	})
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// take notes the text that an expression is, and follows what is put into it.
func (s *sayer) take(e ast.Expr) {
	if text := s.text(e); strings.ContainsFunc(strings.ReplaceAll(text, "{}", ""), func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) || strings.Count(text, "{}") > 1 {
		s.said[text] = true
	}
}

var verb = regexp.MustCompile(`%[-+# 0]*[\d.]*[a-zA-Z]`)

// text writes an expression as a text with holes.
func (s *sayer) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.ParenExpr:
		return s.text(e.X)
	case *ast.CompositeLit:
		for _, x := range e.Elts {
			if pair, ok := x.(*ast.KeyValueExpr); ok {
				x = pair.Value
			}
			s.take(x)
		}
	case *ast.BinaryExpr:
		return s.piece(e.X) + s.piece(e.Y)
	case *ast.CallExpr:
		return s.result(e)
	case *ast.Ident:
		return s.named(e)
	case *ast.SelectorExpr:
		return s.selected(e)
	}
	return "{}"
}

// piece is a part of a longer text: what is written there itself, or else a hole.
func (s *sayer) piece(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit, *ast.BinaryExpr:
		return s.text(e)
	case *ast.CallExpr:
		if called(x) == "Sprintf" {
			return s.text(e)
		}
	case *ast.Ident:
		if values := s.consts[x.Name]; len(values) == 1 && !s.local(x) {
			return s.text(values[0])
		}
	}
	s.take(e)
	return "{}"
}

func (s *sayer) local(x *ast.Ident) bool {
	f := s.within[x]
	return f != nil && len(s.params(f, x.Name)) > 0
}

// result is what a call gives.
func (s *sayer) result(c *ast.CallExpr) string {
	name := called(c)
	switch {
	case name == "Sprintf" || name == "Errorf":
		for _, arg := range c.Args[1:] {
			s.take(arg)
		}
		return verb.ReplaceAllString(strings.ReplaceAll(s.text(c.Args[0]), "%%", "%"), "{}")
	case slices.Contains([]string{"append", "Or", "Join", "TrimPrefix", "New", "quote", "Sprint", "orDash"}, name):
		for _, arg := range c.Args {
			s.take(arg)
		}
	case len(s.funcs[name]) > 0 && name != "String": // of which type, is not known
		s.returns(name)
	case len(c.Args) == 1: // a conversion
		return s.text(c.Args[0])
	case name == "Error" && len(c.Args) == 0:
		return s.text(c.Fun.(*ast.SelectorExpr).X)
	}
	return "{}"
}

// returns follows what functions of a name give back.
func (s *sayer) returns(name string) {
	if s.seen["func "+name] {
		return
	}
	s.seen["func "+name] = true
	for _, f := range s.funcs[name] {
		ast.Inspect(f, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok {
				for _, e := range r.Results {
					s.take(e)
				}
			}
			_, inner := n.(*ast.FuncLit)
			return !inner
		})
	}
}

// named follows a variable, a parameter or a constant.
func (s *sayer) named(x *ast.Ident) string {
	f := s.within[x]
	key := x.Name
	if f != nil {
		key = f.Name.Name + "." + strconv.Itoa(int(f.Pos())) + "." + x.Name
	}
	if s.seen[key] {
		return "{}"
	}
	s.seen[key] = true
	if f != nil {
		for _, place := range s.params(f, x.Name) {
			s.argument(regexp.QuoteMeta(f.Name.Name), place)
		}
		s.locals(f, x.Name)
	}
	for _, value := range s.consts[x.Name] {
		s.take(value)
	}
	return "{}"
}

// params are the places of a parameter.
func (s *sayer) params(f *ast.FuncDecl, name string) []int {
	var out []int
	at := 0
	for _, field := range f.Type.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				out = append(out, at)
			}
			at++
		}
	}
	return out
}

// locals follows what a variable of a function is set to.
func (s *sayer) locals(f *ast.FuncDecl, name string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && id.Name == name && len(n.Rhs) == len(n.Lhs) {
					s.assigned(n, i)
				} else if ok && id.Name == name {
					s.take(n.Rhs[0])
				}
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if n.Names[i].Name == name {
					s.take(value)
				}
			}
		}
		return true
	})
}

// selected follows a constant of another package, or a field of which it was asked.
func (s *sayer) selected(e *ast.SelectorExpr) string {
	if pkg, ok := e.X.(*ast.Ident); ok {
		if values := s.consts[pkg.Name+"."+e.Sel.Name]; len(values) > 0 {
			return s.text(values[0])
		}
	}
	if key := "field " + e.Sel.Name; slices.Contains(s.fields, e.Sel.Name) && !s.seen[key] {
		s.seen[key] = true
		s.field(e.Sel.Name)
	}
	return "{}"
}

// constants takes the values of those whose names match.
func (s *sayer) constants(names string) {
	name := regexp.MustCompile("^(" + names + ")$")
	for _, n := range slices.Sorted(maps.Keys(s.consts)) {
		if name.MatchString(n) {
			for _, value := range s.consts[n] {
				s.take(value)
			}
		}
	}
}

// keys takes those of the tables in a function.
func (s *sayer) keys(function string) {
	for _, f := range s.funcs[function] {
		ast.Inspect(f, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				s.take(pair.Key)
			}
			return true
		})
	}
}
